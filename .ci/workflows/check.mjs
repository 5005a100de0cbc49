// Parses workflows with GitHub's own parser and fails on any error.
//
//   node .ci/workflows/check.mjs NODE_MODULES FILE...
//
// NODE_MODULES is a folder with @actions/workflow-parser installed.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

// The package imports JSON without the attribute that Node requires.
register("data:text/javascript," + encodeURIComponent(`
  import { readFile } from "node:fs/promises";
  export async function load(url, context, next) {
    if (!url.endsWith(".json")) return next(url, context);
    return { format: "module", shortCircuit: true, source: "export default " + (await readFile(new URL(url), "utf8")) };
  }`));

const [modules, ...files] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(resolve(modules, "@actions/workflow-parser/dist", name)).href);
const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await load("index.js");

let failures = 0;
for (const name of files) {
  const parsed = parseWorkflow({ name, content: readFileSync(name, "utf8") }, new NoOperationTraceWriter());
  const errors = parsed.context.errors.getErrors().map((e) => e.message);
  if (parsed.value) {
    const template = await convertWorkflowTemplate(parsed.context, parsed.value, undefined, { errorPolicy: 1 });
    errors.push(...(template.errors ?? []).map((e) => e.Message));
    if (!template.jobs?.length) errors.push("no jobs");
  }
  for (const message of new Set(errors)) console.error(`${name}: ${message}`);
  failures += errors.length;
}
if (files.length === 0 || failures > 0) process.exit(1);
console.log(`${files.length} workflows parse`);
