// Package github is what the GitHub Action needs of GitHub: the sticky comment on a pull request, the drift issue,
// the plan that a merged pull request approved, and the runner's files and workflow commands (outputs, job summary,
// annotations).
//
// It works on data it is given and knows nothing of plans, manifests or Genesys Cloud: texts come in as Markdown,
// changes as rows of id, from and to. It neither prints nor reads the environment or the clock; Context is parsed
// from a getenv, and waiting goes through Clock.
//
// GitHub is reached through google/go-github, which keeps the path prefix of a GitHub Enterprise address, turns
// statuses into typed errors and is kept up with the vendor's API. Its own rate-limit bookkeeping is off: it reads
// the wall clock and answers instead of waiting. Waiting is done below it, in transport, where one place also holds
// the rule that the token goes to the configured hosts only.
package github
