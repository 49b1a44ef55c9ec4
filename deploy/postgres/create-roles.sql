-- Two roles for the payments service, so that what serves requests can't change the schema:
--   payments_owner  owns the database and its tables; migrations run as this role
--   payments_app    what the service connects as; `migrate up --grant payments_app` gives it its rights
-- Run it as a superuser in the database of the service; it may run again. Tables that another role made in
-- the schema public become payments_owner's. It sets no passwords, so none can end in a log: set them with
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

  -- The limits that the service asks for when it connects, for where a pooler such as PgBouncer keeps that from
  -- the server.
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
end $$;
