package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"genesys-timeouts/pkg/sandbox"
)

// want ends a script whose command was given too few or too many arguments.
func want(ts *testscript.TestScript, neg bool, args []string, least, most int, usage string) {
	if neg || len(args) < least || len(args) > most {
		ts.Fatalf("usage: %s", usage)
	}
}

// checkJSON looks a value up in a file that is one JSON document: "json stdout summary.update 3". Numbers index
// lists, # is a length, and * takes the values of all members of a list, joined by blanks. A value that is not there
// is "absent".
func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE")
	}
	doc, err := oneDocument(ts.ReadFile(args[0]))
	if err != nil {
		ts.Fatalf("%s is not one JSON document: %v", args[0], err)
	}
	got := lookUp(doc, strings.Split(args[1], "."))
	if (got == args[2]) == neg {
		ts.Fatalf("%s: %s is %q, want %q (negated: %v)", args[0], args[1], got, args[2], neg)
	}
}

func lookUp(doc any, path []string) string {
	if len(path) == 0 {
		if text, ok := doc.(string); ok {
			return text
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			return err.Error()
		}
		return string(raw)
	}
	switch at := doc.(type) {
	case map[string]any:
		if value, ok := at[path[0]]; ok {
			return lookUp(value, path[1:])
		}
	case []any:
		switch i, err := strconv.Atoi(path[0]); {
		case path[0] == "#":
			return strconv.Itoa(len(at))
		case path[0] == "*":
			var all []string
			for _, value := range at {
				all = append(all, lookUp(value, path[1:]))
			}
			return strings.Join(all, " ")
		case err == nil && i >= 0 && i < len(at):
			return lookUp(at[i], path[1:])
		}
	}
	return "absent"
}

// expandFiles puts the script's variables into files: "expand timeouts.yaml".
func expandFiles(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, 99, "expand FILE...")
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
	}
}

// checkMode wants a file's permissions: "mode 600 plan.json".
func checkMode(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, 2, "mode PERMISSIONS FILE")
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := strconv.FormatInt(int64(info.Mode().Perm()), 8); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// sandboxFault switches a fault on: "sandbox-fault kind=status,status=503,method=PATCH".
func sandboxFault(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, 1, "sandbox-fault FAULT")
	fault, err := sandbox.ParseFault(args[0])
	ts.Check(err)
	fixtureOf(ts).server.Fault(fault)
}

// sandboxClear switches all faults off and restores all permissions.
func sandboxClear(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 0, 0, "sandbox-clear")
	fixtureOf(ts).server.ClearFaults()
	fixtureOf(ts).server.Allow(sandbox.Permissions()...)
}

// sandboxDeny takes a permission from the OAuth client: "sandbox-deny integrations:action:edit".
func sandboxDeny(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, 9, "sandbox-deny PERMISSION...")
	known := sandbox.Permissions()
	for _, p := range args {
		if !slices.Contains(known, p) {
			ts.Fatalf("%q is not among the permissions %v", p, known)
		}
	}
	fixtureOf(ts).server.Deny(args...)
}

// actionID finds a data action by "Name" or "Category/Name".
func actionID(ts *testscript.TestScript, name string) string {
	category, bare, ok := strings.Cut(name, "/")
	if !ok {
		category, bare = "", name
	}
	id := fixtureOf(ts).server.ActionID(bare, category)
	if id == "" {
		ts.Fatalf("the sandbox has no data action %q", name)
	}
	return id
}

// sandboxID puts a data action's id into a variable: "sandbox-id LOOKUP 'Customer lookup'".
func sandboxID(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, 2, "sandbox-id VARIABLE NAME|CATEGORY/NAME")
	ts.Setenv(args[0], actionID(ts, args[1]))
}

// sandboxFlowID puts a flow's id into a variable.
func sandboxFlowID(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, 3, "sandbox-flow-id VARIABLE NAME [TYPE]")
	kind := ""
	if len(args) == 3 {
		kind = args[2]
	}
	id := fixtureOf(ts).server.FlowID(args[1], kind)
	if id == "" {
		ts.Fatalf("the sandbox has no flow %q", args[1])
	}
	ts.Setenv(args[0], id)
}

// sandboxSet has another user set a timeout: "sandbox-set 'Customer lookup' 7".
func sandboxSet(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, 2, "sandbox-set NAME SECONDS")
	seconds, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(fixtureOf(ts).server.SetTimeout(actionID(ts, args[0]), seconds))
}

// sandboxTimeout wants the seconds that an action's timeout is set to, or unset.
func sandboxTimeout(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, 2, "sandbox-timeout NAME SECONDS|unset")
	got := timeoutIn(fixtureOf(ts).server, actionID(ts, args[0]))
	if got != args[1] {
		ts.Fatalf("the timeout of %q is %s, want %s", args[0], got, args[1])
	}
}

// timeoutIn is an action's timeout in seconds as its document, or its function's, has it.
func timeoutIn(s *sandbox.Server, id string) string {
	raw, _ := s.Action(id)
	key := "config"
	if function, ok := s.Function(id); ok {
		raw, key = function, "function"
	}
	doc, err := oneDocument(string(raw))
	if err != nil {
		return err.Error()
	}
	if got := lookUp(doc, []string{key, "timeoutSeconds"}); got != "absent" {
		return got
	}
	return "unset"
}

// sandboxAdd adds data actions from a file with a JSON document a line; under a flow where one is named.
func sandboxAdd(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, 2, "sandbox-add FILE [FLOW]")
	s := fixtureOf(ts).server
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if len(args) == 2 {
			ts.Check(s.AddFlowAction(s.FlowID(args[1], ""), []byte(line)))
			continue
		}
		ts.Check(s.AddAction([]byte(line)))
	}
}

// sandboxToken puts a token that the sandbox takes into a variable.
func sandboxToken(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, 1, "sandbox-token VARIABLE")
	ts.Setenv(args[0], fixtureOf(ts).server.GiveToken())
}

// sandboxDraft has another user leave a draft of a function data action.
func sandboxDraft(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, 1, "sandbox-draft NAME")
	ts.Check(fixtureOf(ts).server.LeaveDraft(actionID(ts, args[0])))
}

// sandboxRequests wants the number of requests, sign-in included, since the last sandbox-forget.
func sandboxRequests(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, 1, "sandbox-requests NUMBER")
	requests := fixtureOf(ts).server.Requests()
	if got := strconv.Itoa(len(requests)); got != args[0] {
		ts.Fatalf("%s requests, want %s:\n%s", got, args[0], requestLines(requests))
	}
}

// sandboxWrites wants the number of writes since the last sandbox-forget.
func sandboxWrites(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, 1, "sandbox-writes NUMBER")
	writes := fixtureOf(ts).writes()
	if got := strconv.Itoa(len(writes)); got != args[0] {
		ts.Fatalf("%s writes, want %s: %v", got, args[0], writes)
	}
}

func requestLines(requests []sandbox.Request) string {
	var b strings.Builder
	for _, r := range requests {
		fmt.Fprintf(&b, "  %s %s?%s %d\n", r.Method, r.Path, r.Query, r.Status)
	}
	return b.String()
}

// sandboxForget empties the sandbox's log of requests.
func sandboxForget(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 0, 0, "sandbox-forget")
	s := fixtureOf(ts)
	s.secrets = s.known() // tokens that were seen stay secrets
	s.server.ForgetRequests()
}

// serveTLS puts the address of an HTTPS server, with a certificate that nobody trusts, into a variable.
func serveTLS(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, 1, "serve-tls VARIABLE")
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// soon bounds what a test waits for.
const soon = 20 * time.Second
