package githubtest

import (
	"fmt"
	"strings"
)

// ReadOutputs reads a file of outputs by the runner's rules: a line NAME=VALUE, or NAME<<DELIMITER with the value up
// to the line that is the delimiter, whichever of "=" and "<<" comes first. Lines end with LF. A later output
// replaces an earlier one.
//
// Source: actions/runner, src/Runner.Worker/FileCommandManager.cs, EnvFileKeyValuePairs.
func ReadOutputs(text string) (map[string]string, error) {
	out := map[string]string{}
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			if equals == 0 {
				return nil, fmt.Errorf("invalid format %q: a name must not be empty", line)
			}
			out[line[:equals]] = line[equals+1:]
		case heredoc >= 0:
			name, delimiter := line[:heredoc], line[heredoc+2:]
			if name == "" || delimiter == "" {
				return nil, fmt.Errorf("invalid format %q: name and delimiter must not be empty", line)
			}
			value, rest, err := heredocValue(text, delimiter)
			if err != nil {
				return nil, err
			}
			out[name], text = value, rest
		default:
			return nil, fmt.Errorf("invalid format %q", line)
		}
	}
	return out, nil
}

func heredocValue(text, delimiter string) (value, rest string, err error) {
	var lines []string
	for {
		if text == "" {
			return "", "", fmt.Errorf("invalid value: matching delimiter not found %q", delimiter)
		}
		line, after, _ := strings.Cut(text, "\n")
		text = after
		if line == delimiter {
			return strings.Join(lines, "\n"), text, nil
		}
		lines = append(lines, line)
	}
}

// Command is a workflow command that a log line holds.
type Command struct {
	Name       string
	Properties map[string]string
	Message    string
}

// Commands are those that the runner would obey in a log: lines that begin with "::" after blanks, and "##[" anywhere
// in a line, except between ::stop-commands:: and its token.
//
// Source: actions/runner, src/Runner.Common/ActionCommand.cs and src/Runner.Worker/ActionCommandManager.cs.
func Commands(log string) []Command {
	var out []Command
	stop := ""
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(log), "\n") {
		c, ok := parseV2(line)
		if !ok {
			c, ok = parseV1(line)
		}
		switch {
		case !ok:
		case stop != "":
			if c.Name == stop {
				stop = ""
			}
		case c.Name == "stop-commands":
			stop = c.Message
		default:
			out = append(out, c)
		}
	}
	return out
}

func parseV2(line string) (Command, bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(line, " \t\v\f\u00a0\u2028\u2029\u0085\u3000"), "::")
	if !ok {
		return Command{}, false
	}
	head, message, ok := strings.Cut(rest, "::")
	if !ok {
		return Command{}, false
	}
	name, props, _ := strings.Cut(head, " ")
	c := Command{
		Name: name, Properties: map[string]string{}, Message: unescape(message, "%0D", "\r", "%0A", "\n", "%25", "%"),
	}
	for p := range strings.SplitSeq(strings.TrimSpace(props), ",") {
		if k, v, ok := strings.Cut(p, "="); ok {
			c.Properties[k] = unescape(v, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
		}
	}
	return c, true
}

func parseV1(line string) (Command, bool) {
	_, rest, ok := strings.Cut(line, "##[")
	if !ok {
		return Command{}, false
	}
	head, message, ok := strings.Cut(rest, "]")
	if !ok {
		return Command{}, false
	}
	name, _, _ := strings.Cut(head, " ")
	return Command{Name: name, Message: message}, true
}

// unescape replaces one mapping after the other, as the runner does.
func unescape(s string, mappings ...string) string {
	for i := 0; i < len(mappings); i += 2 {
		s = strings.ReplaceAll(s, mappings[i], mappings[i+1])
	}
	return s
}
