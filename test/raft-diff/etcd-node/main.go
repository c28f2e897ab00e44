// Command etcd-node hosts nodes of go.etcd.io/raft/v3 for the differential test: it replays schedules that it reads
// from standard input, one a line, and writes what each operation did, one a line, with an empty line behind the last.
// It decides nothing: which operation comes when, and what is compared, is said by the test.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// A schedule is at most a few hundred operations of a few dozen bytes.
const lineBytesMax = 16 << 20

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<16), lineBytesMax)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	for lines.Scan() {
		var s schedule
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			fail(err)
		}
		replay(&s, out)
		out.WriteByte('\n')
		if err := out.Flush(); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "etcd-node:", err)
	os.Exit(1)
}
