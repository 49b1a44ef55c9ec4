// A plugin of Swagger UI: shows `x-codeSamples` of each operation above its responses.
let preferred = "curl";

const SERVICE = location.origin + location.pathname.replace(/\/docs\/?$/, "");

/** The environment variables of a sample: `PAYMENTS_URL=https://payments.example, PAYMENTS_API_KEY`. */
const variablesOf = (source) => {
  const names = new Set(source.match(/\b(PAYMENTS_[A-Z_]+|[A-Z]+_ID)\b/g));
  return [...names].map((name) => (name === "PAYMENTS_URL" ? `${name}=${SERVICE}` : name)).join(", ");
};

const CodeSamplesPlugin = ({ React }) => {
  const h = React.createElement;

  const Samples = ({ samples }) => {
    const labels = samples.map(({ label }) => label);
    const [chosen, choose] = React.useState(labels.includes(preferred) ? preferred : labels[0]);
    const [copied, setCopied] = React.useState(false);
    const { source } = samples.find(({ label }) => label === chosen);
    const pick = (label) => {
      preferred = label;
      choose(label);
      setCopied(false);
    };
    const copy = async () => {
      await navigator.clipboard.writeText(source);
      setCopied(true);
    };
    const button = (text, more) => h("button", { type: "button", key: text, ...more }, text);
    return h(
      "section",
      { className: "code-samples", "aria-label": "Code samples" },
      h(
        "div",
        { className: "code-samples-bar" },
        labels.map((label) => button(label, { "aria-pressed": label === chosen, onClick: () => pick(label) })),
        // Browsers offer the clipboard only to pages over HTTPS and from localhost.
        navigator.clipboard && button(copied ? "Copied" : "Copy", { className: "code-samples-copy", onClick: copy }),
      ),
      h("pre", { tabIndex: 0 }, h("code", null, source)),
      h("p", null, "From the environment: ", h("code", null, variablesOf(source))),
    );
  };

  return {
    wrapComponents: {
      responses: (Responses) => (props) => {
        const samples = props.specSelectors.specJson().getIn(["paths", props.path, props.method, "x-codeSamples"]);
        return h(React.Fragment, null, samples && h(Samples, { samples: samples.toJS() }), h(Responses, props));
      },
    },
  };
};

globalThis.CodeSamplesPlugin = CodeSamplesPlugin;
