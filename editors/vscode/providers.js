// What VS Code asks, handed to the server. Each answer is the server's; nothing is decided here.
"use strict";

const vscode = require("vscode");
const to = require("./convert");

const RULES = { language: "treadle" };

/** Registers all that the server can do; the answer undoes it. `ask` sends a request. */
function register(ask, capabilities) {
  const { languages } = vscode;
  const about = (method, document, at, more, token) =>
    ask(`textDocument/${method}`, { ...to.asked(document, at), ...more }, token);
  const legend = capabilities.semanticTokensProvider.legend;
  const colours = new vscode.SemanticTokensLegend(legend.tokenTypes, legend.tokenModifiers);
  const { triggerCharacters } = capabilities.completionProvider;

  return vscode.Disposable.from(
    languages.registerCompletionItemProvider(RULES, {
      provideCompletionItems: async (document, at, token) =>
        ((await about("completion", document, at, {}, token))?.items ?? []).map(to.item),
    }, ...triggerCharacters),
    languages.registerHoverProvider(RULES, {
      provideHover: async (document, at, token) => {
        const found = await about("hover", document, at, {}, token);
        return found && new vscode.Hover(to.markdown(found.contents), to.stretch(found.range));
      },
    }),
    languages.registerSignatureHelpProvider(RULES, {
      provideSignatureHelp: async (document, at, token) => {
        const found = await about("signatureHelp", document, at, {}, token);
        return found && to.signatures(found);
      },
    }, ...capabilities.signatureHelpProvider.triggerCharacters),
    languages.registerDefinitionProvider(RULES, {
      provideDefinition: async (document, at, token) =>
        ((await about("definition", document, at, {}, token)) ?? []).map(to.location),
    }),
    languages.registerReferenceProvider(RULES, {
      provideReferences: async (document, at, context, token) =>
        ((await about("references", document, at, { context }, token)) ?? []).map(to.location),
    }),
    languages.registerDocumentHighlightProvider(RULES, {
      provideDocumentHighlights: async (document, at, token) =>
        ((await about("documentHighlight", document, at, {}, token)) ?? []).map(
          (each) => new vscode.DocumentHighlight(to.stretch(each.range)),
        ),
    }),
    languages.registerRenameProvider(RULES, {
      prepareRename: async (document, at, token) => {
        const found = await about("prepareRename", document, at, {}, token);
        if (!found) throw new Error("There is nothing to rename here.");
        return { range: to.stretch(found.range), placeholder: found.placeholder };
      },
      provideRenameEdits: async (document, at, newName, token) =>
        to.edits(await about("rename", document, at, { newName }, token)),
    }),
    languages.registerDocumentSymbolProvider(RULES, {
      provideDocumentSymbols: async (document, token) =>
        ((await about("documentSymbol", document, null, {}, token)) ?? []).map(to.outline),
    }),
    languages.registerWorkspaceSymbolProvider({
      provideWorkspaceSymbols: async (query, token) =>
        ((await ask("workspace/symbol", { query }, token)) ?? []).map(
          (each) => new vscode.SymbolInformation(each.name, each.kind - 1, "", to.location(each.location)),
        ),
    }),
    languages.registerDocumentFormattingEditProvider(RULES, {
      provideDocumentFormattingEdits: async (document, options, token) =>
        ((await about("formatting", document, null, { options: { tabSize: 2, insertSpaces: true } }, token)) ?? []).map(
          to.edit,
        ),
    }),
    languages.registerCodeActionsProvider(RULES, {
      provideCodeActions: async (document, range, context, token) => {
        const more = { range: { start: range.start, end: range.end }, context: { diagnostics: [] } };
        return ((await about("codeAction", document, null, more, token)) ?? []).map(to.action);
      },
    }, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] }),
    languages.registerFoldingRangeProvider(RULES, {
      provideFoldingRanges: async (document, context, token) =>
        ((await about("foldingRange", document, null, {}, token)) ?? []).map(
          (each) =>
            new vscode.FoldingRange(
              each.startLine,
              each.endLine,
              each.kind === "comment" ? vscode.FoldingRangeKind.Comment : vscode.FoldingRangeKind.Region,
            ),
        ),
    }),
    languages.registerDocumentSemanticTokensProvider(RULES, {
      provideDocumentSemanticTokens: async (document, token) => {
        const found = await about("semanticTokens/full", document, null, {}, token);
        return found && new vscode.SemanticTokens(new Uint32Array(found.data));
      },
    }, colours),
    languages.registerInlayHintsProvider(RULES, {
      provideInlayHints: async (document, range, token) => {
        const more = { range: { start: range.start, end: range.end } };
        const found = (await about("inlayHint", document, null, more, token)) ?? [];
        return found.map((each) => new vscode.InlayHint(to.place(each.position), each.label, vscode.InlayHintKind.Type));
      },
    }),
  );
}

module.exports = { RULES, register };
