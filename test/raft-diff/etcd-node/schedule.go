package main

import (
	"encoding/json"
	"fmt"
)

// schedule is one line of input.
type schedule struct {
	Config config `json:"config"`
	// Peers are numbered from 1; those that are neither voters nor learners may join later.
	Peers    int      `json:"peers"`
	Voters   []uint64 `json:"voters"`
	Learners []uint64 `json:"learners"`
	// Blank peers begin with an empty disk.
	Blank []uint64 `json:"blank"`
	// Draws[i] is what peer i+1 draws for its election time-outs, in turn and over again.
	Draws [][]byte `json:"-"`
	// RawDraws holds them as numbers.
	RawDraws [][]int `json:"draws"`
	Ops      []op    `json:"ops"`
}

type config struct {
	ElectionTicks             int    `json:"electionTicks"`
	HeartbeatTicks            int    `json:"heartbeatTicks"`
	MaxAppendBytes            uint64 `json:"maxAppendBytes"`
	MaxCommittedBytesPerReady uint64 `json:"maxCommittedBytesPerReady"`
	MaxUncommittedBytes       uint64 `json:"maxUncommittedBytes"`
	MaxInflightMessages       int    `json:"maxInflightMessages"`
	MaxInflightBytes          uint64 `json:"maxInflightBytes"`
}

// ref names a message by where it came from: the nth one of its type to its receiver, of those that an operation
// emitted, at once or behind a write.
type ref struct {
	Op   int    `json:"op"`
	Type int32  `json:"type"`
	To   uint64 `json:"to"`
	Nth  int    `json:"nth"`
}

// read is a read of the peer itself, by its context, or one that another peer has sent.
type read struct {
	Context string `json:"context"`
	Message *ref   `json:"message"`
}

// op is one operation on one peer. What a kind does not use is left out.
type op struct {
	ID   int    `json:"id"`
	Kind string `json:"kind"`
	Peer uint64 `json:"peer"`

	Message *ref   `json:"message"`
	Reads   []read `json:"reads"`
	Context string `json:"context"`
	// First is the name of the first entry that is proposed, Sizes how many bytes each has.
	First uint32 `json:"first"`
	Sizes []int  `json:"sizes"`
	To    uint64 `json:"to"`
	// LeaveJoint lets the leader give up a transfer and leave the joint configuration before it ticks.
	LeaveJoint bool `json:"leaveJoint"`
	Ok         bool `json:"ok"`
	// Withheld are the places of answers to itself that the peer does not get.
	Withheld []int `json:"withheld"`
	// Keep is how many writes that were under way a crash lets through.
	Keep int `json:"keep"`
	// Applied and Commit are what a peer starts with.
	Applied uint64 `json:"applied"`
	Commit  uint64 `json:"commit"`
	// Index is up to where the log is compacted.
	Index uint64 `json:"index"`
	// Change is a change of the configuration.
	Change *confChange `json:"change"`
}

type confChange struct {
	Transition string     `json:"transition"`
	Steps      []confStep `json:"steps"`
	// Bytes is the length of the entry in the other log; limits count it.
	Bytes int `json:"bytes"`
}

type confStep struct {
	Kind string `json:"kind"`
	Peer uint64 `json:"peer"`
}

// UnmarshalJSON also turns the draws into bytes.
func (s *schedule) UnmarshalJSON(data []byte) error {
	type plain schedule
	if err := json.Unmarshal(data, (*plain)(s)); err != nil {
		return err
	}
	if len(s.RawDraws) != s.Peers {
		return fmt.Errorf("%d peers, but draws for %d", s.Peers, len(s.RawDraws))
	}
	for _, draws := range s.RawDraws {
		bytes := make([]byte, len(draws))
		for i, draw := range draws {
			bytes[i] = byte(draw)
		}
		s.Draws = append(s.Draws, bytes)
	}
	return nil
}
