// Command witness runs inside the containers of the test cluster and tells what the kernel lets it do.
//
//	witness pause             block until SIGTERM; it serves as the pause image too
//	witness report            print one line of JSON
//	witness report-and-pause  both
//	witness admit CERT KEY    an admission webhook on :8443 that refuses every object with one fixed message
//
// It is one static binary, so an image of it needs no base image and no registry.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	mode := "pause"
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	switch mode {
	case "pause":
		pause()
	case "report":
		printReport()
	case "report-and-pause":
		printReport()
		pause()
	case "admit":
		if len(os.Args) != 4 {
			fail("witness admit CERT KEY")
		}
		admit(os.Args[2], os.Args[3])
	default:
		fail("unknown mode " + mode)
	}
}

func printReport() {
	if err := json.NewEncoder(os.Stdout).Encode(observe()); err != nil {
		fail(err.Error())
	}
}

// pause waits for the end. As process 1 of a container it gets no default action for SIGTERM: without the handler every
// pod would take its whole grace period to go.
func pause() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	<-end
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "witness: "+message)
	os.Exit(2)
}
