// The payer's side of the sandbox. The client secret stays in the fragment of the URL and in the bodies of requests, so no
// log contains it.

const find = (id) => document.getElementById(id);
const forms = ["open", "confirm", "authenticate"].map(find).filter((form) => form !== null);

const MESSAGES = {
  succeeded: "The payment succeeded.",
  authorized: "The payment is authorized.",
  processing: "The payment is in progress.",
  failed: "The payment failed.",
  canceled: "The payment was canceled.",
};

const show = (form) => {
  for (const other of forms) other.hidden = other !== form;
};

const say = (text) => {
  find("message").textContent = text;
};

let clientSecret = decodeURIComponent(location.hash.slice(1));

/** The checkout after the step. Throws the text of a problem. */
const request = async (step, fields = {}) => {
  const response = await fetch(step, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ clientSecret, ...fields }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.errors?.map(({ detail }) => detail).join(" ") || body.detail);
  return body;
};

const offerReturn = (returnUrl) => {
  if (returnUrl === null) return;
  const link = find("return");
  link.href = returnUrl;
  link.hidden = false;
};

/** Shows what the payer can do. */
const render = ({ amount, status, waitsFor, failure, authenticationUrl, returnUrl }) => {
  find("amount").textContent = amount;
  say([failure, MESSAGES[status]].filter(Boolean).join(" "));
  if (waitsFor === "confirmation" && find("confirm") !== null) return show(find("confirm"));
  if (waitsFor === "authentication" && find("authenticate") !== null) return show(find("authenticate"));
  show(null);
  if (waitsFor === "authentication") location.assign(authenticationUrl);
  else if (waitsFor === "confirmation") location.assign(`checkout#${encodeURIComponent(clientSecret)}`);
  else offerReturn(returnUrl);
};

/** One step at a time: a second press of a button would be refused. */
const take = async (form, work) => {
  const buttons = [...(form?.querySelectorAll("button") ?? [])];
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error.message);
    if (form === null && find("open") !== null) show(find("open"));
  } finally {
    for (const button of buttons) button.disabled = false;
  }
};

/** A payer who has nothing more to do goes back to the shop. */
const finish = (checkout) => {
  if (checkout.waitsFor === null && checkout.returnUrl !== null) location.assign(checkout.returnUrl);
  else render(checkout);
};

const on = (id, submit) =>
  find(id)?.addEventListener("submit", (event) => {
    event.preventDefault();
    take(event.target, () => submit(event));
  });

on("open", async () => {
  clientSecret = find("secret").value.trim();
  render(await request("checkouts/find"));
});
on("confirm", async () => finish(await request("checkouts/confirm", { paymentMethod: find("method").value })));
on("authenticate", async ({ submitter }) =>
  finish(await request("checkouts/authenticate", { outcome: submitter.value })),
);

if (clientSecret !== "") take(null, async () => render(await request("checkouts/find")));
else if (find("open") !== null) show(find("open"));
else say("The URL has no client secret.");
