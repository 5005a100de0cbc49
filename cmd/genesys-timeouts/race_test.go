//go:build race

package main

// raceEnabled: the race detector takes up a multiple of time and memory.
const raceEnabled = true
