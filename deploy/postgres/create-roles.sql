-- Two roles for the payments service, so that the service cannot change the schema:
--   payments_owner  owns the database and its tables; migrations run as this role
--   payments_app    the service connects as this role; `migrate up --grant payments_app` grants its rights
-- Run this as a superuser in the service's database. It is safe to run again. Tables and functions of other roles
-- in the schema public become payments_owner's. It sets no passwords, so none can appear in a log. Set them with
-- psql's \password payments_owner and \password payments_app.
do $$
declare
  thing text;
begin
  if not exists (select from pg_roles where rolname = 'payments_owner') then
    create role payments_owner login;
  end if;
  if not exists (select from pg_roles where rolname = 'payments_app') then
    create role payments_app login;
  end if;

  -- The service sets these when it connects. A pooler such as PgBouncer drops them, so the role has them too.
  alter role payments_app set statement_timeout = '3s';
  alter role payments_app set lock_timeout = '2s';
  alter role payments_app set idle_in_transaction_session_timeout = '5s';
  alter role payments_app set default_transaction_isolation = 'read committed';
  alter role payments_app set synchronous_commit = 'on';

  execute format('alter database %I owner to payments_owner', current_database());
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to payments_app', current_database());
  revoke create on schema public from public;
  grant usage, create on schema public to payments_owner;

  for thing in
    select c.oid::regclass::text from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
  loop
    execute 'alter table ' || thing || ' owner to payments_owner';
  end loop;
  for thing in
    select p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
  loop
    execute 'alter function ' || thing || ' owner to payments_owner';
  end loop;
  for thing in
    select t.oid::regtype::text from pg_type t
    where t.typnamespace = 'public'::regnamespace and t.typtype = 'd'
      and not exists (select from pg_depend d where d.objid = t.oid and d.deptype = 'e')
  loop
    execute 'alter domain ' || thing || ' owner to payments_owner';
  end loop;
end $$;
