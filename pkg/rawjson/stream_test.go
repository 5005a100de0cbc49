package rawjson

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// A stream's long strings are checked to their end, whatever pieces they come in, and kept up to maxText.
func TestLongStringsOfStreams(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxText)
	for name, c := range map[string]struct {
		text, problem string
		cut           bool
	}{
		"as much as is kept":              {text: long[1:]},
		"longer":                          {text: strings.Repeat(long, 3) + "y"},
		"escapes behind what is kept":     {text: long + strings.Repeat(`\\\"\n\u00e9`, 10_000)},
		"an escape across the mark":       {text: long[1:] + `\n` + long},
		"a long escape across the mark":   {text: long[3:] + `\u00e9` + long},
		"no such escape behind it":        {text: long + `\x`, problem: "unknown escape 'x'"},
		"no digits behind it":             {text: long + `\u00g0`, problem: "four hexadecimal digits are expected after \\u"},
		"a control character behind it":   {text: long + "\n", problem: "control character 0x0a in a string"},
		"cut off behind it":               {text: long + "xyz", cut: true},
		"cut off in an escape behind it":  {text: long + `\u00`, cut: true},
		"cut off after a backslash there": {text: long + `\`, cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := `[1,"` + c.text
			if !c.cut {
				doc += `",2]`
			}
			w := NewStream(iotest.HalfReader(strings.NewReader(doc)))
			var kept [][]byte
			for range w.Elements() {
				kept = append(kept, append([]byte(nil), w.Scalar()...))
			}
			err := w.End()
			var syntax *SyntaxError
			switch {
			case c.cut && !errors.Is(err, io.ErrUnexpectedEOF):
				t.Fatalf("error %v, want truncated text", err)
			case c.problem != "" && (!errors.As(err, &syntax) || syntax.Problem != c.problem):
				t.Fatalf("error %v, want %q", err, c.problem)
			case c.cut || c.problem != "":
				return
			case err != nil:
				t.Fatal(err)
			}
			if len(kept) != 3 || string(kept[2]) != "2" || !strings.HasPrefix(c.text, string(kept[1])) ||
				len(kept[1]) < min(len(c.text), maxText-5) || len(kept[1]) > maxText {
				t.Fatalf("%d elements, the second of %d bytes", len(kept), len(kept[1]))
			}
			if !strings.HasPrefix(Text([]byte(c.text)), Text(kept[1])) {
				t.Error("what is kept says something else")
			}
		})
	}
}

func TestMembersNamesOfStreamsAreNotEndless(t *testing.T) {
	t.Parallel()
	for _, n := range []int{100, maxText / 2, maxText + 20_000, 3 * maxText} {
		w := NewStream(strings.NewReader(`{"a":1,"` + strings.Repeat("n", n) + `":{"b":2},"c":3}`))
		names := 0
		for range w.Members() {
			names++
		}
		err := w.End()
		var syntax *SyntaxError
		if n > maxText {
			if !errors.As(err, &syntax) || syntax.Problem != "a member's name longer than 1 MiB" {
				t.Errorf("a name of %d bytes: error %v", n, err)
			}
		} else if err != nil || names != 3 {
			t.Errorf("a name of %d bytes: %d names, error %v", n, names, err)
		}
	}
}

// Numbers behind a long string are not part of it.
func TestNumbersBehindALongString(t *testing.T) {
	t.Parallel()
	w := NewStream(strings.NewReader(`["` + strings.Repeat("x", maxText-10) + `"` + strings.Repeat(",12345",
		100_000) + `]`))
	n := 0
	for range w.Elements() {
		n++
	}
	if err := w.End(); err != nil || n != 100_001 {
		t.Errorf("%d elements, error %v", n, err)
	}
	w = NewStream(strings.NewReader(`[` + strings.Repeat("1", maxText+1) + `]`))
	for range w.Elements() {
		w.Skip()
	}
	var syntax *SyntaxError
	if err := w.End(); !errors.As(err, &syntax) || syntax.Problem != "a number longer than 1 MiB" {
		t.Errorf("error %v", err)
	}
}
