// Package schema embeds the JSON Schemas (2020-12) of the documents that the tool reads and writes.
package schema

import _ "embed"

// Manifest describes a manifest, version 1; editors complete and check with it, and package manifest validates with it.
//
//go:embed manifest.schema.json
var Manifest []byte

// Plan describes the plan as JSON (`plan --format json` and `plan --out`).
//
//go:embed plan.schema.json
var Plan []byte

// Advice describes the advice as JSON (`advise --format json`).
//
//go:embed advice.schema.json
var Advice []byte

// Report describes the apply report as JSON (`apply --format json`).
//
//go:embed report.schema.json
var Report []byte

// List describes what `list` and `show` print as JSON.
//
//go:embed list.schema.json
var List []byte
