const dark = matchMedia("(prefers-color-scheme: dark)");
const followColourScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followColourScheme);
followColourScheme();

const element = document.getElementById("swagger-ui");

/** The place of this page that the address names, if it names one and not a route. */
const place = () => document.getElementById(location.hash.slice(1));

const ui = SwaggerUIBundle({
  domNode: element,
  url: element.dataset.url,
  // It would take every address for one of a route, and rewrite it.
  deepLinking: place() === null,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  plugins: [CodeSamplesPlugin],
  // A key is shown in one answer alone: from there on the page uses it, and forgets it when it is closed.
  responseInterceptor: (response) => {
    const { apiKey } = response.obj ?? {};
    if (response.status === 201 && typeof apiKey === "string") ui.preauthorizeApiKey("apiKey", apiKey);
    return response;
  },
});

// The routes push down what is below them as they appear: until the reader moves, an anchor there is found again.
const pushed = new ResizeObserver(() => place()?.scrollIntoView());
pushed.observe(element);
for (const move of ["wheel", "touchmove", "pointerdown", "keydown"]) addEventListener(move, () => pushed.disconnect());

// Swagger UI opens the route that the address names when it starts; here also when a link of this page is followed.
addEventListener("hashchange", () => {
  const [, tag, operation] = location.hash.split("/");
  if (operation === undefined) return;
  ui.layoutActions.show(["operations", tag, operation], true);
  document.getElementById(`operations-${tag}-${operation}`)?.scrollIntoView();
});
