// Reads a JUnit file as CI tools that are written in Go do, and prints what it has understood as JSON.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/joshdk/go-junit"
)

func main() {
	suites, err := junit.IngestReader(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(suites); err != nil {
		log.Fatal(err)
	}
}
