// Command go-reader says what kubectl reads from a manifest: it is the oracle of the manifest reader's tests.
//
// Each line of standard input is the base64 of one text; each line of standard output is the JSON list of what
// `kubectl apply -f` would read from it: {"value": ...} or {"error": "..."}.
// The steps are those of FileVisitor and StreamVisitor in k8s.io/cli-runtime/pkg/resource/visitor.go and of the unstructured decoder.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type entry struct {
	Value *any   `json:"value,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if line = bytes.TrimSpace(line); err == nil || len(line) > 0 {
			text, decodeErr := base64.StdEncoding.DecodeString(string(line))
			if decodeErr != nil {
				fmt.Fprintln(os.Stderr, decodeErr)
				os.Exit(1)
			}
			answer, marshalErr := json.Marshal(read(text))
			if marshalErr != nil {
				fmt.Fprintln(os.Stderr, marshalErr)
				os.Exit(1)
			}
			out.Write(append(answer, '\n'))
			if in.Buffered() == 0 {
				out.Flush()
			}
		}
		if err != nil {
			return
		}
	}
}

func read(text []byte) []entry {
	entries := []entry{}
	source := transform.NewReader(bytes.NewReader(text), unicode.BOMOverride(unicode.UTF8.NewDecoder()))
	decoder := yaml.NewYAMLOrJSONDecoder(source, 4096)
	for {
		extension := runtime.RawExtension{}
		if err := decoder.Decode(&extension); err != nil {
			if errors.Is(err, io.EOF) {
				return entries
			}
			if err.Error() == "decoding failed as both JSON and YAML" {
				return entries // It said why before.
			}
			entries = append(entries, entry{Error: err.Error()})
			// kubectl stops at the first error. A decoder of YAML can go on behind it, one of JSON says the same for ever.
			if isStuck(err) {
				return entries
			}
			continue
		}
		raw := bytes.TrimSpace(extension.Raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		var value any
		if err := utiljson.Unmarshal(raw, &value); err != nil {
			entries = append(entries, entry{Error: err.Error()})
			continue
		}
		entries = append(entries, entry{Value: &value})
	}
}

func isStuck(err error) bool {
	var syntax *json.SyntaxError
	return errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF)
}
