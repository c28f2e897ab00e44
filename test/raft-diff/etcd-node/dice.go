package main

import "crypto/rand"

// dice stands in for the process-wide source of randomness, from which etcd draws its election time-outs. A draw below
// 256 takes one byte and keeps it if it is below the limit, so whoever gives the byte gives the draw.
type dice struct {
	draws []byte
	taken int
}

// thrown belongs to the peer on which the current operation works.
var thrown *dice

type source struct{}

func (source) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = thrown.draws[thrown.taken%len(thrown.draws)]
		thrown.taken++
	}
	return len(p), nil
}

func init() { rand.Reader = source{} }
