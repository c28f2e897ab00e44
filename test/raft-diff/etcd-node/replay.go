package main

import (
	"bufio"
	"fmt"
	"slices"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

type cluster struct {
	config config
	nodes  []*node
}

// outcome is what an operation told, besides the status of its peer.
type outcome struct {
	// result is JSON.
	result string
	ready  *raft.Ready
}

// replay carries out a schedule and writes a line for each operation. After a panic nothing more is carried out, for
// etcd's state is undefined then.
func replay(s *schedule, out *bufio.Writer) {
	conf := &pb.ConfState{Voters: s.Voters, Learners: s.Learners}
	c := &cluster{config: s.Config}
	for id := uint64(1); id <= uint64(s.Peers); id++ {
		d := newDisk(conf, slices.Contains(s.Blank, id))
		c.nodes = append(c.nodes, &node{
			id: id, disk: d, dice: dice{draws: s.Draws[id-1]}, emitted: map[int][]*pb.Message{},
		})
	}
	for i := range s.Ops {
		if dead := c.run(&s.Ops[i], out); dead {
			return
		}
	}
}

func (c *cluster) run(o *op, out *bufio.Writer) (dead bool) {
	n := c.nodes[o.Peer-1]
	thrown = &n.dice
	before := n.dice.taken
	defer func() {
		if cause := recover(); cause != nil {
			fmt.Fprintf(out, "%s\n", quote(fmt.Sprint("panic: ", cause)))
			dead = true
		}
	}()
	done := c.carryOut(n, o)
	out.Write(appendObservation(nil, n, n.dice.taken-before, done))
	out.WriteByte('\n')
	return false
}

func (c *cluster) carryOut(n *node, o *op) outcome {
	if kind, found := kinds[o.Kind]; found {
		return kind(c, n, o)
	}
	panic("no such kind of operation: " + o.Kind)
}

// kinds are the operations, by name.
var kinds = map[string]func(c *cluster, n *node, o *op) outcome{
	"start": func(c *cluster, n *node, o *op) outcome {
		n.start(c.config, o.Applied, o.Commit)
		return outcome{result: confText(n.disk.confAt(o.Applied))}
	},
	"crash": func(_ *cluster, n *node, o *op) outcome { n.crash(o.Keep); return outcome{} },
	"tick": func(_ *cluster, n *node, o *op) outcome {
		if o.LeaveJoint {
			// A transfer to itself only ends the one under way.
			n.raw.TransferLeader(n.id)
			_ = n.raw.ProposeConfChange(&pb.ConfChangeV2{})
		}
		n.raw.Tick()
		return outcome{}
	},
	"campaign": func(_ *cluster, n *node, _ *op) outcome { return refused(n.raw.Campaign()) },
	"propose": func(_ *cluster, n *node, o *op) outcome {
		return refused(n.raw.Step(proposal(n.id, o.First, o.Sizes)))
	},
	"propose_conf": func(_ *cluster, n *node, o *op) outcome {
		if len(o.Change.Steps) == 0 {
			return refused(n.raw.ProposeConfChange(&pb.ConfChangeV2{}))
		}
		return refused(n.raw.ProposeConfChange(encodeConfChange(o.Change)))
	},
	"read":        func(_ *cluster, n *node, o *op) outcome { n.raw.ReadIndex([]byte(o.Context)); return outcome{} },
	"forget":      func(_ *cluster, n *node, _ *op) outcome { return refused(n.raw.ForgetLeader()) },
	"transfer":    func(_ *cluster, n *node, o *op) outcome { n.raw.TransferLeader(o.To); return outcome{} },
	"unreachable": func(_ *cluster, n *node, o *op) outcome { n.raw.ReportUnreachable(o.To); return outcome{} },
	"snapshot_status": func(_ *cluster, n *node, o *op) outcome {
		status := raft.SnapshotFailure
		if o.Ok {
			status = raft.SnapshotFinish
		}
		n.raw.ReportSnapshot(o.To, status)
		return outcome{}
	},
	"deliver": func(c *cluster, n *node, o *op) outcome { n.step(c.find(o.Message)); return outcome{} },
	"turn": func(c *cluster, n *node, o *op) outcome {
		for _, r := range o.Reads {
			if r.Message == nil {
				n.raw.ReadIndex([]byte(r.Context))
			} else {
				n.step(c.find(r.Message))
			}
		}
		rd := n.takeReady(o.ID)
		return outcome{ready: &rd}
	},
	"write":   func(_ *cluster, n *node, _ *op) outcome { n.write(); return outcome{} },
	"respond": func(_ *cluster, n *node, o *op) outcome { n.respond(o.Withheld); return outcome{} },
	"apply": func(_ *cluster, n *node, _ *op) outcome {
		n.apply()
		return outcome{result: confText(n.disk.confAt(n.disk.applied))}
	},
	"compact": func(_ *cluster, n *node, o *op) outcome { n.disk.compact(o.Index); return outcome{} },
}

// find looks for a message at every peer; an operation has one peer, so its number is enough.
func (c *cluster) find(r *ref) *pb.Message {
	for _, n := range c.nodes {
		if _, found := n.emitted[r.Op]; !found {
			continue
		}
		m, err := n.message(r)
		if err != nil {
			panic(err)
		}
		return m
	}
	panic(fmt.Sprintf("nothing was emitted by operation %d", r.Op))
}

func refused(err error) outcome {
	if err != nil {
		return outcome{result: "1"}
	}
	return outcome{result: "0"}
}
