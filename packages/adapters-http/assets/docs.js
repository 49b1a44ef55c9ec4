const element = document.getElementById("reference");

const configuration = {
  url: element.dataset.url,
  // No request leaves this service.
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: "never",
  hideClientButton: true,
  persistAuth: false,
  // The document brings its own samples.
  hiddenClients: true,
  documentDownloadType: "json",
  orderSchemaPropertiesBy: "preserve",
  orderRequiredPropertiesFirst: false,
  // The `type` of a problem leads to its code, such as #invalid-api-key.
  redirect: (hash) => (/^#[a-z-]+$/.test(hash) ? `#description/${hash.slice(1)}` : null),
  // Only one response shows the key. The page uses it until the page is closed.
  onResponseReceived: async ({ response }) => {
    if (response.status !== 201) return;
    const { apiKey } = await response.clone().json();
    if (typeof apiKey === "string") reference.updateConfiguration(withKey(apiKey));
  },
};

const withKey = (value) => ({ ...configuration, authentication: { securitySchemes: { apiKey: { value } } } });

const reference = Scalar.createApiReference(element, configuration);

/** What Scalar's elements lack: a real password field, and what keyboards and screen readers need. */
const MENDS = [
  ['input.scalar-password-input[type="text"]', { type: "password" }],
  [":is(code.custom-scroll, .cm-scroller):not([tabindex='0'])", { tabindex: "0" }],
  [".cm-content:not([aria-label])", { "aria-label": "JSON" }],
  ['[role="combobox"]:not([aria-expanded])', { "aria-expanded": "false" }],
  ['button[role="none"]', { role: "button" }],
];

const mend = () => {
  for (const [selector, attributes] of MENDS) {
    for (const found of document.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
    }
  }
  for (const found of document.querySelectorAll("button[aria-controls]")) {
    if (document.getElementById(found.getAttribute("aria-controls")) === null) found.removeAttribute("aria-controls");
  }
  // Such as explanations of a status. docs.css hides the vendor's links.
  for (const link of document.querySelectorAll('a[href*="//"]:not([href*="scalar.com"])')) {
    if (link.origin !== location.origin) link.removeAttribute("href");
  }
};
new MutationObserver(mend).observe(document.body, {
  childList: true,
  subtree: true,
  attributeFilter: ["href"],
});
