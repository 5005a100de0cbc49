package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile is the most bytes that a manifest can have: some hundred thousand entries.
const maxFile = 16 << 20

// stdinName is standard input, as a path and in messages.
const stdinName = "-"

// source is a file to read, or what is wrong with it.
type source struct {
	name    string
	problem string
}

// find lists the files that the paths name.
func (l *loader) find(paths []string, o Options) error {
	if len(paths) == 0 {
		path, err := defaultPath(o.Dir)
		if err != nil {
			return err
		}
		paths = []string{path}
	}
	seen := map[string]bool{}
	for _, path := range paths {
		if path == stdinName {
			l.add(seen, path, path)
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			l.sources = append(l.sources, source{path, "cannot be read: " + reason(err)})
		case info.IsDir():
			l.addFolder(seen, path)
		default:
			l.add(seen, path, realPath(path))
		}
	}
	return nil
}

// add takes a file unless it was taken before, under any name.
func (l *loader) add(seen map[string]bool, name, identity string) {
	if !seen[identity] {
		seen[identity] = true
		l.sources = append(l.sources, source{name: name})
	}
}

// addFolder takes every manifest below a folder. It follows links to files, but not to folders: those can be circular.
func (l *loader) addFolder(seen map[string]bool, folder string) {
	var files []string
	root := walkable(folder)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if path == root {
			path = folder
		}
		if err != nil {
			l.sources = append(l.sources, source{path, "cannot be read: " + reason(err)})
			return nil
		}
		if entry.IsDir() || !isManifestName(path) {
			return nil
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return nil
		}
		files = append(files, path)
		return nil
	})
	if err != nil {
		l.sources = append(l.sources, source{folder, "cannot be read: " + reason(err)})
		return
	}
	if len(files) == 0 {
		l.sources = append(l.sources, source{folder, "no manifest in this folder: it has no *.yaml or *.yml"})
		return
	}
	slices.SortStableFunc(files, func(a, b string) int {
		return strings.Compare(filepath.ToSlash(a),
			filepath.ToSlash(b))
	})
	for _, f := range files {
		l.add(seen, f, realPath(f))
	}
}

// walkable is a folder as WalkDir enters it: it follows a link only where a separator ends the name.
func walkable(folder string) string {
	if info, err := os.Lstat(folder); err == nil && !info.IsDir() {
		return folder + string(filepath.Separator)
	}
	return folder
}

func isManifestName(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".yaml" || ext == ".yml"
}

// defaultPath is the manifest to read where none is named: the file or the folder.
func defaultPath(dir string) (string, error) {
	file, folder := filepath.Join(dir, DefaultFile), filepath.Join(dir, DefaultFolder)
	where := "the working directory"
	if dir != "" && dir != "." {
		where = fmt.Sprintf("%q", dir)
	}
	info, err := os.Stat(file)
	hasFile := err == nil && !info.IsDir()
	info, err = os.Stat(folder)
	hasFolder := err == nil && info.IsDir()
	switch {
	case hasFile && hasFolder:
		return "", fmt.Errorf("%w: %s has both the file %s and the folder %s/; name the one to use, or keep one",
			ErrTwoManifests, where, DefaultFile, DefaultFolder)
	case hasFile:
		return file, nil
	case hasFolder:
		return folder, nil
	}
	return "", fmt.Errorf("%w: neither the file %s nor the folder %s/ is in %s", ErrNoManifest, DefaultFile,
		DefaultFolder, where)
}

// realPath is one path for a file with several names, as far as the system tells.
func realPath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path
}

// readFile reads a file or says what is wrong with it. It opens only regular files: a pipe or a device may never end.
func readFile(path string) ([]byte, string) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "cannot be read: " + reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, `is not a regular file; to read the output of another program, give "-" and pipe it in`
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "cannot be read: " + reason(err)
	}
	data, wrong := readLimited(f, info.Size())
	if err := f.Close(); err != nil && wrong == "" {
		wrong = "cannot be read: " + reason(err)
	}
	return data, wrong
}

// readLimited reads a manifest up to the limit, with room for the expected size.
func readLimited(r io.Reader, size int64) ([]byte, string) {
	var b bytes.Buffer
	b.Grow(int(min(size, maxFile)) + bytes.MinRead)
	_, err := b.ReadFrom(io.LimitReader(r, maxFile+1))
	data := b.Bytes()
	switch {
	case err != nil:
		return nil, "cannot be read: " + reason(err)
	case len(data) > maxFile:
		return nil, fmt.Sprintf("is larger than %d MiB, the limit for a manifest; split it into several files",
			maxFile>>20)
	}
	return data, ""
}

// reason is the system's message without the operation and the path, which the place already has.
func reason(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "no such file or folder"
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// digest covers the files' bytes in order, each after its length, so that nothing can move from one file to the next.
type digest struct{ hash.Hash }

func (d *digest) file(data []byte) {
	if d.Hash == nil {
		d.Hash = sha256.New()
	}
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(data)))
	d.Write(length[:])
	d.Write(data)
}

func (d *digest) String() string {
	if d.Hash == nil {
		d.Hash = sha256.New()
	}
	return "sha256:" + hex.EncodeToString(d.Sum(nil))
}
