const dark = matchMedia("(prefers-color-scheme: dark)");
const followColourScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followColourScheme);
followColourScheme();

const element = document.getElementById("swagger-ui");

/** The element that the URL fragment names, unless it names a route. */
const place = () => document.getElementById(location.hash.slice(1));

const ui = SwaggerUIBundle({
  domNode: element,
  url: element.dataset.url,
  // Swagger UI would read any other fragment as a route, and rewrite it.
  deepLinking: place() === null,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  plugins: [CodeSamplesPlugin],
  // Only one response shows the key. The page uses it until the page is closed.
  responseInterceptor: (response) => {
    const { apiKey } = response.obj ?? {};
    if (response.status === 201 && typeof apiKey === "string") ui.preauthorizeApiKey("apiKey", apiKey);
    return response;
  },
});

// Routes that appear move the elements below them, so scroll to the anchor again until the reader scrolls.
const pushed = new ResizeObserver(() => place()?.scrollIntoView());
pushed.observe(element);
for (const move of ["wheel", "touchmove", "pointerdown", "keydown"]) addEventListener(move, () => pushed.disconnect());

// Swagger UI opens the route in the fragment on load only. Links on this page need the same.
addEventListener("hashchange", () => {
  const [, tag, operation] = location.hash.split("/");
  if (operation === undefined) return;
  ui.layoutActions.show(["operations", tag, operation], true);
  document.getElementById(`operations-${tag}-${operation}`)?.scrollIntoView();
});
