package session

import (
	"math"
	"runtime/debug"
	"sync"
)

// Nearly all memory stays in use while a manifest is read or a plan is made, and collecting garbage as often as usual
// would take a fifth of the time. So the heap may grow by more percent between collections.
//
// A manifest of 100,000 entries ends at loadLimit bytes. Beyond it memory is what is scarce: a file of 16 MiB, 500,000
// entries, takes twice its time (8 s), since the runtime keeps the collector to half of the processors. A plan stays
// below what reading its manifest took.
const (
	loadPercent    = 400
	loadLimit      = 230 << 20
	comparePercent = 200
	compareLimit   = math.MaxInt64
)

// collecting counts the active users of collectSeldom, and keeps the settings from before the first of them.
var collecting struct {
	sync.Mutex
	users, percent int
	limit          int64
}

// collectSeldom applies a GC percent and a memory limit to the process until done is called; those of the first of
// several users hold.
func collectSeldom(percent int, limit int64) (done func()) {
	collecting.Lock()
	defer collecting.Unlock()
	if collecting.users++; collecting.users == 1 {
		collecting.percent, collecting.limit = debug.SetGCPercent(percent), debug.SetMemoryLimit(-1)
		debug.SetMemoryLimit(min(collecting.limit, limit))
	}
	return func() {
		collecting.Lock()
		defer collecting.Unlock()
		if collecting.users--; collecting.users == 0 {
			debug.SetGCPercent(collecting.percent)
			debug.SetMemoryLimit(collecting.limit)
		}
	}
}
