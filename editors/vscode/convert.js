// The protocol's values as VS Code's, and back. Both count columns in UTF-16 units.
"use strict";

const vscode = require("vscode");

const place = (at) => new vscode.Position(at.line, at.character);
const stretch = (range) => new vscode.Range(place(range.start), place(range.end));
const markdown = (content) => new vscode.MarkdownString(content?.value ?? content ?? "");
const location = (found) => new vscode.Location(vscode.Uri.parse(found.uri), stretch(found.range));
const edit = (change) => new vscode.TextEdit(stretch(change.range), change.newText);

const asked = (document, at) => ({
  textDocument: { uri: document.uri.toString() },
  ...(at ? { position: { line: at.line, character: at.character } } : {}),
});

function edits(found) {
  const made = new vscode.WorkspaceEdit();
  for (const [uri, changes] of Object.entries(found?.changes ?? {})) made.set(vscode.Uri.parse(uri), changes.map(edit));
  return made;
}

function diagnostic(found) {
  const made = new vscode.Diagnostic(stretch(found.range), found.message, found.severity - 1);
  made.code = found.code;
  made.source = found.source;
  return made;
}

function item(found) {
  const made = new vscode.CompletionItem(found.label, found.kind - 1);
  const snippet = found.insertTextFormat === 2;
  made.insertText = snippet ? new vscode.SnippetString(found.textEdit.newText) : found.textEdit.newText;
  made.range = stretch(found.textEdit.range);
  made.detail = found.detail;
  made.documentation = found.documentation && markdown(found.documentation);
  made.sortText = found.sortText;
  made.filterText = found.filterText;
  return made;
}

function signatures(found) {
  const made = new vscode.SignatureHelp();
  made.activeSignature = found.activeSignature ?? 0;
  made.activeParameter = found.activeParameter ?? -1;
  made.signatures = found.signatures.map((each) => {
    const one = new vscode.SignatureInformation(each.label, each.documentation && markdown(each.documentation));
    one.parameters = each.parameters.map((part) => new vscode.ParameterInformation(part.label, part.documentation));
    one.activeParameter = each.activeParameter ?? -1;
    return one;
  });
  return made;
}

function outline(found) {
  const [whole, name] = [stretch(found.range), stretch(found.selectionRange)];
  const made = new vscode.DocumentSymbol(found.name, found.detail ?? "", found.kind - 1, whole, name);
  made.children = (found.children ?? []).map(outline);
  return made;
}

function action(found) {
  const made = new vscode.CodeAction(found.title, vscode.CodeActionKind.QuickFix);
  made.edit = edits(found.edit);
  made.isPreferred = found.isPreferred;
  return made;
}

module.exports = {
  action, asked, diagnostic, edit, edits, item, location, markdown, outline, place, signatures, stretch,
};
