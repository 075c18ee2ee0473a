// Starts `treadle lsp` for rule files and keeps it told of what is open.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { Connection } = require("./connection");
const { diagnostic } = require("./convert");
const { register } = require("./providers");

const IS_WINDOWS = process.platform === "win32";
let live = null;

async function activate(context) {
  const log = vscode.window.createOutputChannel("Treadle");
  const restart = async () => {
    await stop();
    live = await start(log);
  };
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand("treadle.restart", restart),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("treadle") && restart()),
  );
  live = await start(log);
}

async function stop() {
  const ending = live;
  live = null;
  await ending?.stop();
}

/** The command: as set, that of the folder's own environment, or the one on the PATH. */
function command(folder, settings) {
  const set = settings.get("command");
  if (set) return set;
  const own = folder && path.join(folder, ".venv", IS_WINDOWS ? "Scripts\\treadle.exe" : "bin/treadle");
  return own && fs.existsSync(own) ? own : "treadle";
}

async function start(log) {
  if (!vscode.workspace.isTrusted) return null;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const settings = vscode.workspace.getConfiguration("treadle");
  const rules = settings.get("rules");
  const args = ["lsp", ...(rules && folder ? [path.resolve(folder, rules)] : [])];
  const found = vscode.languages.createDiagnosticCollection("treadle");
  const heard = (method, params) => {
    if (method === "textDocument/publishDiagnostics") {
      found.set(vscode.Uri.parse(params.uri), params.diagnostics.map(diagnostic));
    }
  };
  const server = new Connection(command(folder, settings), args, { cwd: folder }, heard, (text) => log.append(text));
  try {
    const answer = await server.ask("initialize", initialize());
    server.tell("initialized", {});
    const told = vscode.Disposable.from(
      found,
      register((method, params, token) => server.ask(method, params, token), answer.capabilities),
      ...documents(server),
      watcher(server),
    );
    return { stop: () => (told.dispose(), server.stop()) };
  } catch (failure) {
    found.dispose();
    log.appendLine(`treadle lsp did not start: ${failure.message}`);
    vscode.window.showWarningMessage(
      "Treadle's language server did not start. Install it with `pip install 'treadle[lsp]'`, or set treadle.command.",
    );
    return null;
  }
}

function initialize() {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((each) => ({
    uri: each.uri.toString(),
    name: each.name,
  }));
  return {
    processId: process.pid,
    rootUri: folders[0]?.uri ?? null,
    workspaceFolders: folders,
    capabilities: {
      textDocument: {
        completion: { completionItem: { snippetSupport: true } },
        rename: { prepareSupport: true },
      },
    },
  };
}

/** Tells the server what is open, and each change. */
function documents(server) {
  const { workspace } = vscode;
  const ours = (document) => document.languageId === "treadle";
  const open = (document) => {
    const { uri, version } = document;
    const textDocument = { uri: uri.toString(), languageId: "treadle", version, text: document.getText() };
    if (ours(document)) server.tell("textDocument/didOpen", { textDocument });
  };
  workspace.textDocuments.forEach(open);
  return [
    workspace.onDidOpenTextDocument(open),
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (!ours(document)) return;
      server.tell("textDocument/didChange", {
        textDocument: { uri: document.uri.toString(), version: document.version },
        contentChanges: contentChanges.map(({ range, text }) => ({
          range: { start: range.start, end: range.end },
          text,
        })),
      });
    }),
    workspace.onDidCloseTextDocument((document) => {
      if (ours(document)) server.tell("textDocument/didClose", { textDocument: { uri: document.uri.toString() } });
    }),
  ];
}

/** Tells the server what changes outside of the editor. */
function watcher(server) {
  const made = vscode.workspace.createFileSystemWatcher("**/{*.rule,catalogue.json}");
  const tell = (type) => (uri) =>
    server.tell("workspace/didChangeWatchedFiles", { changes: [{ uri: uri.toString(), type }] });
  made.onDidCreate(tell(1));
  made.onDidChange(tell(2));
  made.onDidDelete(tell(3));
  return made;
}

module.exports = { activate, deactivate: stop };
