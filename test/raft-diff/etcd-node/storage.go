package main

import (
	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

// disk is what a crash does not lose: the log and the hard state, and the state machine, of which only the
// configuration matters here.
type disk struct {
	*raft.MemoryStorage
	hard *pb.HardState
	// synced is the hard state that a crash cannot undo.
	synced *pb.HardState
	// applied is up to where the state machine has come, confs the configuration at each index that changed it.
	applied uint64
	confs   []confAt
}

type confAt struct {
	index uint64
	state *pb.ConfState
}

// newDisk is formatted for a cluster: its log begins behind entry 1, which made the configuration. A blank disk has
// nothing at all.
func newDisk(first *pb.ConfState, isBlank bool) *disk {
	d := &disk{MemoryStorage: raft.NewMemoryStorage(), hard: &pb.HardState{}}
	if !isBlank {
		beginning := &pb.SnapshotMetadata{Index: new(uint64(1)), Term: new(uint64(1)), ConfState: first}
		if err := d.ApplySnapshot(&pb.Snapshot{Metadata: beginning}); err != nil {
			panic(err)
		}
		d.hard = &pb.HardState{Term: new(uint64(1)), Vote: new(uint64(0)), Commit: new(uint64(1))}
		d.setConf(1, first)
		d.applied = 1
	}
	d.synced = d.hard
	return d
}

// InitialState implements raft.Storage: the configuration is that of the state machine.
func (d *disk) InitialState() (*pb.HardState, *pb.ConfState, error) {
	return d.hard, d.confAt(d.applied), nil
}

func (d *disk) setConf(index uint64, state *pb.ConfState) {
	d.confs = append(d.confs, confAt{index, state})
}

func (d *disk) confAt(index uint64) *pb.ConfState {
	for i := len(d.confs) - 1; i >= 0; i-- {
		if d.confs[i].index <= index {
			return d.confs[i].state
		}
	}
	return &pb.ConfState{}
}

// startFrom sets the state machine back to an index that it had applied.
func (d *disk) startFrom(applied, commit uint64) {
	d.applied = applied
	for len(d.confs) > 0 && d.confs[len(d.confs)-1].index > applied {
		d.confs = d.confs[:len(d.confs)-1]
	}
	if d.hard.GetCommit() != commit {
		d.hard = &pb.HardState{Term: new(d.hard.GetTerm()), Vote: new(d.hard.GetVote()), Commit: new(commit)}
	}
}

// write carries out what a MsgStorageAppend says.
func (d *disk) write(w *write) {
	m := w.message
	if m.Snapshot != nil && m.Snapshot.GetMetadata().GetIndex() > 0 {
		if err := d.ApplySnapshot(m.Snapshot); err != nil {
			panic(err)
		}
		index := m.Snapshot.GetMetadata().GetIndex()
		if index > d.applied {
			d.applied = index
			d.setConf(index, m.Snapshot.GetMetadata().GetConfState())
		}
	}
	if err := d.Append(m.Entries); err != nil {
		panic(err)
	}
	if m.Term != nil {
		d.hard = &pb.HardState{Term: new(m.GetTerm()), Vote: new(m.GetVote()), Commit: new(m.GetCommit())}
	}
	if w.mustSync {
		d.synced = d.hard
	}
}

// compact takes a snapshot of the state machine and drops the log up to index.
func (d *disk) compact(index uint64) {
	if _, err := d.CreateSnapshot(index, d.confAt(index), nil); err != nil {
		panic(err)
	}
	if err := d.Compact(index); err != nil {
		panic(err)
	}
}
