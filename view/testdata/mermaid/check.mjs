// Parses each file with mermaid itself and prints what it understood, one JSON
// object a line: the vertices with their texts, and the number of edges.
//
//   node check.mjs FOLDER FILE...
//
// FOLDER holds node_modules, as scripts/get-mermaid.sh makes it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, ...files] = process.argv.slice(2)
const require = createRequire(pathToFileURL(join(resolve(folder), 'package.json')))
const { JSDOM } = require('jsdom')
const { window } = new JSDOM('<!doctype html><body></body>')
globalThis.window = window
globalThis.document = window.document
const entry = join(resolve(folder), 'node_modules/mermaid/dist/mermaid.core.mjs')
const { default: mermaid } = await import(pathToFileURL(entry))
mermaid.initialize({ startOnLoad: false })

// Mermaid keeps numeric entities in a spelling of its own until it draws.
const plain = text => text.replace(/ﬂ°°(\d+)¶ß/g, (_, n) => String.fromCodePoint(+n))

for (const file of files) {
  const text = readFileSync(file, 'utf8')
  await mermaid.parse(text) // the whole way, with the limits of size
  const diagram = await mermaid.mermaidAPI.getDiagramFromText(text)
  const vertices = {}
  for (const [id, v] of diagram.db.getVertices()) vertices[id] = plain(v.text ?? '')
  console.log(JSON.stringify({ type: diagram.type, vertices, edges: diagram.db.getEdges().length }))
}
