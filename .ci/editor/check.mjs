// Runs yaml-language-server, the server behind most editors' YAML support, on good and bad manifests and asserts what
// editors show: errors at the right line, hover texts and completions, all from schema/manifest.schema.json.
//
//   node .ci/editor/check.mjs NODE_MODULES MANIFEST...
//
// NODE_MODULES has yaml-language-server; every MANIFEST must be free of complaints. No network.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const [modules, ...manifests] = process.argv.slice(2)
const schema = fileURLToPath(new URL('../../schema/manifest.schema.json', import.meta.url))
const modeline = `# yaml-language-server: $schema=${pathToFileURL(schema)}\n`

// The wire: JSON-RPC with Content-Length headers, on the server's stdin and stdout.
const server = spawn(process.execPath, [join(modules, 'yaml-language-server/bin/yaml-language-server'), '--stdio'],
  { stdio: ['pipe', 'pipe', 'inherit'] })
const answers = new Map() // request id -> resolve
const watchers = new Map() // document uri -> resolve, for the document's first diagnostics
let received = Buffer.alloc(0)
let lastID = 0

function send(message) {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message })
  server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

function request(method, params) {
  const id = ++lastID
  send({ id, method, params })
  return new Promise((resolve) => answers.set(id, resolve))
}

function take(message) {
  if (message.method === 'textDocument/publishDiagnostics') {
    watchers.get(message.params.uri)?.(message.params.diagnostics)
  } else if (message.method === 'workspace/configuration') {
    send({ id: message.id, result: message.params.items.map(({ section }) => settings[section] ?? null) })
  } else if (message.method && message.id !== undefined) {
    send({ id: message.id, result: null })
  } else if (message.error) {
    throw new Error(`the language server answered: ${message.error.message}`)
  } else if (message.id !== undefined) {
    answers.get(message.id)?.(message.result)
  }
}

server.stdout.on('data', (chunk) => {
  received = Buffer.concat([received, chunk])
  for (;;) {
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = Number(/Content-Length: (\d+)/i.exec(received.subarray(0, end).toString())[1])
    if (received.length < end + 4 + length) return
    const body = received.subarray(end + 4, end + 4 + length)
    received = received.subarray(end + 4 + length)
    take(JSON.parse(body.toString()))
  }
})
server.on('exit', (code) => {
  console.error(`yaml-language-server ended by itself, with status ${code}`)
  process.exit(1)
})
setTimeout(() => {
  console.error('yaml-language-server did not answer within two minutes')
  process.exit(1)
}, 120_000).unref()

const settings = {
  yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false },
    kubernetesCRDStore: { enable: false } },
}
let documents = 0

// Opens text as a new manifest (after the line that names the schema) and returns its address and its diagnostics.
async function open(text) {
  const uri = `file:///editor/manifest-${++documents}.yaml`
  const diagnostics = new Promise((resolve) => watchers.set(uri, resolve))
  send({ method: 'textDocument/didOpen',
    params: { textDocument: { uri, languageId: 'yaml', version: 1, text: modeline + text } } })
  return { uri, diagnostics: await diagnostics }
}

const failures = []
let passed = 0

function assert(what, holds, seen) {
  if (holds) {
    passed++
  } else {
    failures.push(`${what}\n    seen: ${JSON.stringify(seen)}`)
  }
}

// Lines are counted as in the text given to open, from 1; the modeline before it is line 0 to the server as well.
async function complains(what, text, line, words) {
  const { diagnostics } = await open(text)
  assert(`${what}: a complaint on line ${line} that says ${words}`,
    diagnostics.some((d) => d.range.start.line === line && words.test(d.message)), diagnostics)
}

async function hovers(what, text, line, character, words) {
  const { uri } = await open(text)
  const hover = await request('textDocument/hover', { textDocument: { uri }, position: { line, character } })
  const shown = hover === null ? '' : typeof hover.contents === 'string' ? hover.contents : hover.contents.value
  assert(`${what}: a hover text that says ${words}`, words.test(shown.replaceAll('\\', '')),
    shown) // the server escapes Markdown
}

async function completes(what, text, line, character, expected) {
  const { uri } = await open(text)
  const list = await request('textDocument/completion', { textDocument: { uri }, position: { line, character } })
  const labels = (list?.items ?? []).map((item) => item.label)
  assert(`${what}: completions ${expected.join(', ')}`, expected.every((label) => labels.includes(label)), labels)
}

const good = `version: 1
api: integrations
defaults:
  timeout: 10s
flows:
  - name: Inbound Support
    type: inboundcall
    actions:
      - name: Customer lookup
        timeout: 12s
actions:
  - id: custom_-_9a2b4c5e-0d57-4f0e-8a55-0c6f2b7d9f10
    timeout: 1500ms
`

const several = `version: 1
organizations:
  test: { environment: mypurecloud.de }
  production: { environment: mypurecloud.ie, id: 9c41f0aa }
defaults:
  timeout: { default: 10s, test: 5s }
flows:
  - name: Card Payment
    only: [production]
actions:
  - name: Get order
    timeout: { test: 10s, production: 20s }
    reason: The archive is slow
    owner: order-team
    until: 2026-12-31
    accept:
      - finding: step-overrides-timeout
        step: Look up
        reason: The menu must move on
  - name: Get customer
    id: { test: custom_-_a, production: custom_-_b }
x-anchors: { anything: [1, 2] }
`
await request('initialize', { processId: process.pid, rootUri: null, workspaceFolders: null,
  capabilities: { workspace: { configuration: true },
    textDocument: { publishDiagnostics: {}, hover: {}, completion: {} } } })
send({ method: 'initialized', params: {} })
send({ method: 'workspace/didChangeConfiguration', params: { settings } })

for (const [name, text] of [['a good manifest', good], ['several organizations', several],
  ...manifests.map((file) => [file, readFileSync(file, 'utf8')])]) {
  const { diagnostics } = await open(text.replace(/^#\s*yaml-language-server:.*$/m, '#'))
  assert(`${name}: no complaint`, diagnostics.length === 0, diagnostics)
}

await complains('an unknown key', 'version: 1\nactoins: []\n', 2, /actoins is not allowed/)
await complains('a bare number', 'version: 1\nactions:\n  - name: Get order\n    timeout: 3000\n', 4,
  /A bare number is refused/)
await complains('a unit that is none', 'version: 1\nactions:\n  - name: Get order\n    timeout: 10 sec\n', 4,
  /10s, 1500ms or 1m/)
await complains('a surface that is none', 'version: 1\napi: flow\n', 2, /"integrations", "flows"/)
await complains('a missing version', 'actions: []\n', 1, /version/)
await complains('another version', 'version: 2\n', 1, /1/)
await complains('a flow that is a string', 'version: 1\nflows:\n  - Inbound Support\n', 3, /Expected "Flow"/)

const action = 'version: 1\nactions:\n  - name: Get order\n'

await complains('an organization without an environment', 'version: 1\norganizations:\n  test: { id: a }\n', 3,
  /environment/)
await complains('an organization called all', 'version: 1\norganizations:\n  all: { environment: eu-west-1 }\n', 3,
  /all|Name each/)
await complains('a bare number for one organization', `${action}    timeout: { test: 10 }\n`, 4,
  /A bare number is refused/)
await complains('an empty list of organizations', `${action}    only: []\n`, 4, /1/)
await complains('a reason of two lines', `${action}    reason: "a\\nb"\n`, 4, /one line of text/)
await complains('a date that is none', `${action}    until: soon\n`, 4, /a date such as 2026-12-31/)
await complains('an error that is accepted',
  `${action}    accept:\n      - finding: action-not-found\n        reason: x\n`, 5,
  /step-overrides-timeout/)
await complains('an accepted finding without a reason', `${action}    accept:\n      - finding: timeout-lowered\n`, 5,
  /reason/)

await hovers('organizations', several, 2, 3, /in the order of the plan's columns/)
await hovers('only', several, 9, 6, /organizations that have this flow/)
await hovers('a reason', several, 13, 6, /Why the timeout is what it is/)
await hovers('an accepted finding', several, 17, 10, /The code of the warning/)
await completes('a key of an organization', 'version: 1\norganizations:\n  test:\n    \n', 4, 4, ['environment', 'id'])
await completes('an accepted finding', `${action}    accept:\n      - finding: \n`, 5, 17,
  ['step-overrides-timeout', 'timeout-lowered'])

await hovers('api', good, 2, 1, /Which surface holds the data actions/)
await hovers('an entry\'s timeout', good, 10, 10, /Surface `integrations`: 1s to 60s/)

await completes('a key at the top', 'version: 1\n\n', 2, 0,
  ['api', 'environment', 'organizations', 'defaults', 'flows', 'actions'])
await completes('a surface', 'version: 1\napi: \n', 2, 5, ['integrations', 'flows'])
await completes('a key of an action', 'version: 1\nactions:\n  - name: Get order\n    \n', 4, 4,
  ['timeout', 'category', 'integration', 'only', 'reason', 'owner', 'until', 'accept'])
await completes('a timeout', 'version: 1\nactions:\n  - name: Get order\n    timeout: \n', 4, 13, ['10s', '30s'])

for (const failure of failures) console.error(`  FAIL ${failure}`)
console.log(`editor: ${passed} checks hold, ${failures.length} fail`)
process.exit(failures.length === 0 ? 0 : 1)
