package main

import (
	"encoding/binary"

	"google.golang.org/protobuf/proto"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

// encodeConfChange writes a change as an entry's data of exactly so many bytes, so that limits count the same in both
// logs; the context fills it up.
func encodeConfChange(c *confChange) *pb.ConfChangeV2 {
	change := &pb.ConfChangeV2{}
	switch c.Transition {
	case "auto":
		change.Transition = pb.ConfChangeTransitionAuto.Enum()
	case "joint_implicit":
		change.Transition = pb.ConfChangeTransitionJointImplicit.Enum()
	case "joint_explicit":
		change.Transition = pb.ConfChangeTransitionJointExplicit.Enum()
	default:
		panic("no such transition: " + c.Transition)
	}
	for _, s := range c.Steps {
		step := &pb.ConfChangeSingle{NodeId: new(s.Peer)}
		switch s.Kind {
		case "add_voter":
			step.Type = pb.ConfChangeAddNode.Enum()
		case "add_learner":
			step.Type = pb.ConfChangeAddLearnerNode.Enum()
		case "remove":
			step.Type = pb.ConfChangeRemoveNode.Enum()
		default:
			panic("no such step: " + s.Kind)
		}
		change.Changes = append(change.Changes, step)
	}
	// Tag and length of the context take three bytes, if it has between 128 and 16,383.
	change.Context = make([]byte, c.Bytes-proto.Size(change)-3)
	if proto.Size(change) != c.Bytes {
		panic("a change of the configuration has not the size that it should")
	}
	return change
}

func decodeConfChange(data []byte) *pb.ConfChangeV2 {
	change := &pb.ConfChangeV2{}
	if err := proto.Unmarshal(data, change); err != nil {
		panic(err)
	}
	return change
}

// proposal is a message that proposes normal entries. Their first four bytes are their name.
func proposal(from uint64, first uint32, sizes []int) *pb.Message {
	m := &pb.Message{Type: pb.MsgProp.Enum(), From: new(from)}
	for i, size := range sizes {
		data := make([]byte, size)
		if size >= 4 {
			binary.BigEndian.PutUint32(data, first+uint32(i))
		}
		m.Entries = append(m.Entries, &pb.Entry{Data: data})
	}
	return m
}

var _ raft.Storage = (*disk)(nil)
