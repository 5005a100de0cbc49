package manifest

import (
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
	"sort"
	"strings"
)

// maxFile is the most bytes that a manifest may have: some hundred thousand entries.
const maxFile = 16 << 20

// stdinName is standard input, as a path and in messages.
const stdinName = "-"

// source is one file to read, or one that could not be found, then with a problem and no path.
type source struct {
	name    string
	problem string
}

// find lists the files that the paths stand for.
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

// add takes a file unless it was taken before, under whatever name.
func (l *loader) add(seen map[string]bool, name, identity string) {
	if !seen[identity] {
		seen[identity] = true
		l.sources = append(l.sources, source{name: name})
	}
}

// addFolder takes every manifest below a folder. Linked folders below it are not followed: they can lead in a circle. Linked files are.
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
		l.sources = append(l.sources, source{folder, "this folder holds no manifest: no *.yaml or *.yml is below it"})
		return
	}
	sort.SliceStable(files, func(i, j int) bool { return filepath.ToSlash(files[i]) < filepath.ToSlash(files[j]) })
	for _, f := range files {
		l.add(seen, f, realPath(f))
	}
}

// walkable is a folder as WalkDir goes into it: a name that is a link is followed where a separator ends it, and else not.
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

// defaultPath is the manifest that is read where none is named: the file, else the folder.
func defaultPath(dir string) (string, error) {
	file, folder := filepath.Join(dir, DefaultFile), filepath.Join(dir, DefaultFolder)
	if info, err := os.Stat(file); err == nil && !info.IsDir() {
		return file, nil
	}
	if info, err := os.Stat(folder); err == nil && info.IsDir() {
		return folder, nil
	}
	where := "the working directory"
	if dir != "" && dir != "." {
		where = fmt.Sprintf("%q", dir)
	}
	return "", fmt.Errorf("%w: neither the file %s nor the folder %s/ is in %s", ErrNoManifest, DefaultFile, DefaultFolder, where)
}

// realPath is one name for a file that has several; the path itself where the system gives no better.
func realPath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path
}

// readFile gives a file's bytes, or what is wrong with it. Only regular files are opened: a pipe or a device may never end.
func readFile(path string) ([]byte, string) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "cannot be read: " + reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, `is not a regular file; to read what another program writes, give "-" and pipe it in`
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "cannot be read: " + reason(err)
	}
	data, wrong := readLimited(f)
	if err := f.Close(); err != nil && wrong == "" {
		wrong = "cannot be read: " + reason(err)
	}
	return data, wrong
}

// readLimited reads a manifest's bytes up to the limit.
func readLimited(r io.Reader) ([]byte, string) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return nil, "cannot be read: " + reason(err)
	case len(data) > maxFile:
		return nil, fmt.Sprintf("is larger than %d MiB, the most that a manifest may have; split it into several files", maxFile>>20)
	}
	return data, ""
}

// reason is the system's own words, without the operation and the path that the place already says.
func reason(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "no such file or folder"
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// digest is over the files' bytes in order, each framed by its length, so that nothing can move from one to the next.
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
