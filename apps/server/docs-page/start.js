/* global SwaggerUIBundle */
// Configures Swagger UI. All addresses are relative, so that the page works behind a proxy's path prefix.

const STORED = "latchkey-docs-authorization";

/** Follows the system's colours, as Swagger UI itself does only with its own header. */
function followColours() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", apply);
  apply();
}

/** Keeps the authorization over a reload, for this tab only: Swagger UI's own way would leave tokens behind. */
const keepAuthorization = () => {
  const keeping =
    (act, { authSelectors }) =>
    (payload) => {
      const result = act(payload);
      sessionStorage.setItem(STORED, JSON.stringify(authSelectors.authorized()));
      return result;
    };
  return { statePlugins: { auth: { wrapActions: { authorize: keeping, logout: keeping } } } };
};

/** Leaves the session's cookie out of the dialog: no script can set it, and the browser sends it by itself. */
const leaveOutCookie = () => {
  const isCookie = (definition) => definition.some((scheme) => scheme.get("in") === "cookie");
  const shownDefinitions = (select) => (state) => {
    const shown = select(state);
    return shown ? shown.filterNot(isCookie) : shown;
  };
  return { statePlugins: { auth: { wrapSelectors: { shownDefinitions } } } };
};

/** A filter with a label, over paths and summaries. */
const labelledFilter = ({ React }) => ({
  components: {
    FilterContainer: ({ layoutActions, layoutSelectors }) => {
      const filter = layoutSelectors.currentFilter();
      return React.createElement(
        "div",
        { className: "wrapper latchkey-filter" },
        React.createElement("label", { htmlFor: "filter" }, "Filter"),
        React.createElement("input", {
          id: "filter",
          type: "search",
          placeholder: "path, summary or group",
          value: typeof filter === "string" ? filter : "",
          onChange: ({ target }) => layoutActions.updateFilter(target.value),
        }),
      );
    },
  },
  fn: {
    opsFilter(groups, phrase) {
      const words = phrase.toLowerCase().split(/\s+/);
      const matches = (text) => words.every((word) => text.toLowerCase().includes(word));
      return groups
        .map((group, name) =>
          group.update("operations", (operations) =>
            operations.filter((operation) =>
              matches(
                [
                  name,
                  operation.get("method"),
                  operation.get("path"),
                  operation.getIn(["operation", "summary"]),
                ]
                  .filter(Boolean)
                  .join(" "),
              ),
            ),
          ),
        )
        .filter((group) => group.get("operations").size > 0);
    },
  },
});

/** A path is inside of a button already, where a link cannot be reached; and there is only one server. */
const leaveOut = ({ React }) => ({
  components: {
    DeepLink: ({ text }) => React.createElement("span", null, text),
    ServersContainer: () => null,
  },
});

const NAMES = {
  ".body-param__text": "Request body",
  ".close-modal": "Close",
  ".copy-to-clipboard button": "Copy",
  ".examples-select-element": "Example",
  ".parameters-col_description input": "Value",
  ".parameters-col_description select": "Value",
};

/** Gives names to the controls that Swagger UI leaves without one, and the keyboard access to what scrolls. */
function nameControls(root) {
  const name = () => {
    for (const [selector, text] of Object.entries(NAMES)) {
      for (const each of root.querySelectorAll(`${selector}:not([aria-label])`)) each.ariaLabel = text;
    }
    // A spoken command must match what is written on the button.
    for (const each of root.querySelectorAll("button.modal-btn[aria-label]"))
      each.removeAttribute("aria-label");
    for (const each of root.querySelectorAll("pre:not([tabindex])")) each.tabIndex = 0;
  };
  new MutationObserver(name).observe(root, { childList: true, subtree: true });
}

followColours();
nameControls(document.body);
const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  filter: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  // Of the themes one whose every colour can be read.
  syntaxHighlight: { theme: "monokai" },
  plugins: [keepAuthorization, leaveOutCookie, labelledFilter, leaveOut],
  onComplete() {
    const stored = sessionStorage.getItem(STORED);
    if (stored !== null) ui.authActions.authorize(JSON.parse(stored));
  },
});
