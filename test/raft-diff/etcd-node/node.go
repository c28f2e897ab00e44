package main

import (
	"fmt"
	"slices"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

// node is one peer: a raw node while it is up, what it wants written and applied, and its disk.
type node struct {
	id   uint64
	disk *disk
	dice dice
	raw  *raft.RawNode
	// writes wait to be written, written to be answered, applies to be applied.
	writes  []*write
	written []*write
	applies []*pb.Message
	// emitted holds the messages that each operation gave, in the order in which etcd gave them.
	emitted map[int][]*pb.Message
}

type write struct {
	message  *pb.Message
	mustSync bool
}

func (n *node) start(c config, applied, commit uint64) {
	n.disk.startFrom(applied, commit)
	raw, err := raft.NewRawNode(&raft.Config{
		ID:                        n.id,
		ElectionTick:              c.ElectionTicks,
		HeartbeatTick:             c.HeartbeatTicks,
		Storage:                   n.disk,
		Applied:                   applied,
		AsyncStorageWrites:        true,
		MaxSizePerMsg:             c.MaxAppendBytes,
		MaxCommittedSizePerReady:  c.MaxCommittedBytesPerReady,
		MaxUncommittedEntriesSize: c.MaxUncommittedBytes,
		MaxInflightMsgs:           c.MaxInflightMessages,
		MaxInflightBytes:          c.MaxInflightBytes,
		CheckQuorum:               true,
		PreVote:                   true,
		ReadOnlyOption:            raft.ReadOnlySafe,
		Logger:                    silent{},
		DisableProposalForwarding: true,
		StepDownOnRemoval:         true,
	})
	if err != nil {
		panic(err)
	}
	n.raw = raw
}

// crash ends the peer. The first keep writes were on the disk already, although nobody heard of it.
func (n *node) crash(keep int) {
	for _, w := range n.writes[:keep] {
		n.disk.write(w)
	}
	n.disk.hard = n.disk.synced
	n.raw, n.writes, n.written, n.applies = nil, nil, nil, nil
}

func (n *node) takeReady(opID int) raft.Ready {
	rd := n.raw.Ready()
	for _, m := range rd.Messages {
		switch m.GetTo() {
		case raft.LocalAppendThread:
			// etcd leaves it to its caller that a snapshot is installed durably.
			n.writes = append(n.writes, &write{m, rd.MustSync || !raft.IsEmptySnap(m.GetSnapshot())})
			n.emitted[opID] = append(n.emitted[opID], m.GetResponses()...)
		case raft.LocalApplyThread:
			n.applies = append(n.applies, m)
		default:
			n.emitted[opID] = append(n.emitted[opID], m)
		}
	}
	return rd
}

func (n *node) write() {
	w := n.writes[0]
	n.writes = n.writes[1:]
	n.disk.write(w)
	n.written = append(n.written, w)
}

// respond steps what the oldest finished write has for the peer itself, except for those at the places that are
// withheld; what it has for others is theirs from now on.
func (n *node) respond(withheld []int) {
	w := n.written[0]
	n.written = n.written[1:]
	place := -1
	for _, m := range w.message.GetResponses() {
		if m.GetTo() != n.id {
			continue
		}
		if place++; !slices.Contains(withheld, place) {
			n.step(m)
		}
	}
}

// apply applies the oldest entries that wait. What a snapshot has overtaken is not applied again.
func (n *node) apply() {
	m := n.applies[0]
	n.applies = n.applies[1:]
	for _, e := range m.GetEntries() {
		if e.GetIndex() <= n.disk.applied {
			continue
		}
		if e.GetType() == pb.EntryConfChangeV2 {
			n.disk.setConf(e.GetIndex(), n.raw.ApplyConfChange(decodeConfChange(e.GetData())))
		}
		n.disk.applied = e.GetIndex()
	}
	for _, r := range m.GetResponses() {
		n.step(r)
	}
}

// step gives a message to the peer, as a copy: the same one may be delivered twice, or to be changed by its receiver.
// Refusals are answers like others; what follows shows in the status.
func (n *node) step(m *pb.Message) {
	_ = n.raw.Step(&pb.Message{
		Type: m.Type, To: m.To, From: m.From, Term: m.Term, LogTerm: m.LogTerm, Index: m.Index,
		Entries: append([]*pb.Entry(nil), m.Entries...), Commit: m.Commit, Vote: m.Vote, Snapshot: m.Snapshot,
		Reject: m.Reject, RejectHint: m.RejectHint, Context: m.Context,
	})
}

// message finds what a ref names among what this peer has emitted.
func (n *node) message(r *ref) (*pb.Message, error) {
	nth := r.Nth
	for _, m := range n.emitted[r.Op] {
		if int32(m.GetType()) != r.Type || m.GetTo() != r.To {
			continue
		}
		if nth == 0 {
			return m, nil
		}
		nth--
	}
	return nil, fmt.Errorf("peer %d has emitted no such message: %+v", n.id, *r)
}
