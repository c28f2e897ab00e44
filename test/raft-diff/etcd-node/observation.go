package main

import (
	"encoding/binary"
	"encoding/json"
	"reflect"
	"strconv"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// Observations are JSON lists; `observation.ts` on the other side says what stands where, and writes the same.

func appendObservation(b []byte, n *node, draws int, done outcome) []byte {
	b = append(b, '[')
	b = appendStatus(b, n)
	b = append(b, ',')
	b = appendBool(b, n.raw != nil && n.raw.HasReady())
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(draws), 10)
	b = append(b, ',')
	if done.result == "" {
		b = append(b, '0')
	} else {
		b = append(b, done.result...)
	}
	b = append(b, ',')
	if done.ready == nil {
		b = append(b, '0')
	} else {
		b = appendReady(b, done.ready)
	}
	return append(b, ']')
}

func appendStatus(b []byte, n *node) []byte {
	if n.raw == nil {
		return append(b, '0')
	}
	s := n.raw.Status()
	b = appendNumbers(b, s.GetTerm(), s.GetVote(), s.Lead, uint64(s.RaftState), s.GetCommit(), s.Applied)
	if s.RaftState == raft.StateLeader {
		b = append(b[:len(b)-1], ',')
		b = strconv.AppendUint(b, s.LeadTransferee, 10)
		b = append(b, ',')
		b = strconv.AppendUint(b, pendingConfIndex(n.raw), 10)
		b = append(b, ',', '[')
		first := true
		n.raw.WithProgress(func(id uint64, _ raft.ProgressType, _ tracker.Progress) {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = appendProgress(b, id, s.Progress[id])
		})
		b = append(b, ']', ']')
	}
	return b
}

func appendProgress(b []byte, id uint64, p tracker.Progress) []byte {
	return appendNumbers(b, id, p.Match, p.Next, uint64(p.State), flag(p.RecentActive), flag(p.IsLearner),
		uint64(p.Inflights.Count()), p.PendingSnapshot)
}

// pendingConfIndex is not part of etcd's status, but says when the next change of the configuration is taken.
func pendingConfIndex(raw *raft.RawNode) uint64 {
	return reflect.ValueOf(raw).Elem().FieldByName("raft").Elem().FieldByName("pendingConfIndex").Uint()
}

func appendReady(b []byte, rd *raft.Ready) []byte {
	b = append(b, '[')
	if rd.SoftState == nil {
		b = append(b, '0')
	} else {
		b = appendNumbers(b, rd.SoftState.Lead, uint64(rd.SoftState.RaftState))
	}
	b = append(b, ',')
	if raft.IsEmptyHardState(rd.HardState) {
		b = append(b, '0')
	} else {
		b = appendNumbers(b, rd.HardState.GetTerm(), rd.HardState.GetVote(), rd.HardState.GetCommit())
	}
	b = append(b, ',')
	b = appendBool(b, rd.MustSync)
	b = append(b, ',', '[')
	for i, r := range rd.ReadStates {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = strconv.AppendUint(b, r.Index, 10)
		b = append(b, ',')
		b = append(b, quote(string(r.RequestCtx))...)
		b = append(b, ']')
	}
	b = append(b, ']', ',')
	b = appendMessages(b, rd.Messages)
	return append(b, ']')
}

func appendMessages(b []byte, messages []*pb.Message) []byte {
	b = append(b, '[')
	for i, m := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMessage(b, m)
	}
	return append(b, ']')
}

func appendMessage(b []byte, m *pb.Message) []byte {
	b = append(b, '[')
	b = strconv.AppendInt(b, int64(m.GetType()), 10)
	b = append(b, ',')
	b = appendPeer(b, m.GetFrom())
	b = append(b, ',')
	b = appendPeer(b, m.GetTo())
	for _, v := range [...]uint64{
		m.GetTerm(), m.GetLogTerm(), m.GetIndex(), m.GetCommit(), m.GetVote(), flag(m.GetReject()), m.GetRejectHint(),
	} {
		b = append(b, ',')
		b = strconv.AppendUint(b, v, 10)
	}
	b = append(b, ',')
	b = appendContext(b, m)
	b = append(b, ',')
	b = appendSnapshot(b, m.GetSnapshot())
	b = append(b, ',')
	if isRead(m) {
		b = append(b, '[', ']')
	} else {
		b = appendEntries(b, m.GetEntries())
	}
	b = append(b, ',')
	b = appendMessages(b, m.GetResponses())
	return append(b, ']')
}

// appendPeer writes the local targets as negative numbers, which fit everywhere.
func appendPeer(b []byte, id uint64) []byte {
	switch id {
	case raft.LocalAppendThread:
		return append(b, "-1"...)
	case raft.LocalApplyThread:
		return append(b, "-2"...)
	default:
		return strconv.AppendUint(b, id, 10)
	}
}

func isRead(m *pb.Message) bool {
	return m.GetType() == pb.MsgReadIndex || m.GetType() == pb.MsgReadIndexResp
}

// appendContext writes the context of a read, which etcd carries as an entry; of others only whether there is one, as
// every implementation has its own names for rounds of heartbeats.
func appendContext(b []byte, m *pb.Message) []byte {
	if isRead(m) {
		return append(b, quote(string(m.GetEntries()[0].GetData()))...)
	}
	return appendBool(b, len(m.GetContext()) > 0)
}

func appendSnapshot(b []byte, s *pb.Snapshot) []byte {
	if raft.IsEmptySnap(s) {
		return append(b, '0')
	}
	meta := s.GetMetadata()
	b = append(b, '[')
	b = strconv.AppendUint(b, meta.GetIndex(), 10)
	b = append(b, ',')
	b = strconv.AppendUint(b, meta.GetTerm(), 10)
	b = append(b, ',')
	b = append(b, confText(meta.GetConfState())...)
	return append(b, ']')
}

// appendEntries writes normal entries with their names, and changes of the configuration without: those are compared
// by what they do.
func appendEntries(b []byte, entries []*pb.Entry) []byte {
	b = append(b, '[')
	for i, e := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		kind, name := uint64(1), uint64(0)
		if e.GetType() == pb.EntryNormal {
			kind = 0
			if len(e.GetData()) >= 4 {
				name = uint64(binary.BigEndian.Uint32(e.GetData()))
			}
		}
		b = appendNumbers(b, e.GetTerm(), e.GetIndex(), kind, name, uint64(len(e.GetData())))
	}
	return append(b, ']')
}

func confText(c *pb.ConfState) string {
	b := []byte{'['}
	for _, ids := range [][]uint64{c.GetVoters(), c.GetVotersOutgoing(), c.GetLearners(), c.GetLearnersNext()} {
		b = appendNumbers(b, ids...)
		b = append(b, ',')
	}
	b = appendBool(b, c.GetAutoLeave())
	return string(append(b, ']'))
}

func appendNumbers(b []byte, values ...uint64) []byte {
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, v, 10)
	}
	return append(b, ']')
}

func appendBool(b []byte, v bool) []byte { return strconv.AppendUint(b, flag(v), 10) }

func flag(v bool) uint64 {
	if v {
		return 1
	}
	return 0
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
