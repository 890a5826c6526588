package token

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// The reasons for which a key file is refused. The sentence around them names the file and says what to do.
var (
	ErrKeyFileMissing = errors.New("key file not found")
	ErrKeyFileExposed = errors.New("key file is readable by others")
	ErrKeyFileDamaged = errors.New("key file is damaged")
)

const (
	keyFileLen  = 32
	keyFileMode = 0o600
	othersBits  = 0o077
)

// LoadOrCreateKeyFile opens the key file at path, or makes one of 32 random bytes if there is none; created says which.
// When several processes start at once, one of them makes the file and all of them load it.
//
// Call it only for a database that has no key file yet. For one that has, call [LoadKeyFile]: a fresh key in place of a
// lost one opens nothing and hides the loss.
func LoadOrCreateKeyFile(path string, random io.Reader) (sealer *Sealer, created bool, err error) {
	sealer, err = LoadKeyFile(path)
	if !errors.Is(err, ErrKeyFileMissing) {
		return sealer, false, err
	}
	created, err = createKeyFile(path, random)
	if err != nil {
		return nil, false, fmt.Errorf("create the key file %s: %w", path, err)
	}
	sealer, err = LoadKeyFile(path)
	return sealer, created, err
}

// LoadKeyFile opens the key file at path. It answers [ErrKeyFileMissing], [ErrKeyFileExposed] if its group or anyone
// else may read or write it, and [ErrKeyFileDamaged] if it does not hold exactly 32 bytes.
func LoadKeyFile(path string) (*Sealer, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s does not exist; put back the one that this installation was made with", ErrKeyFileMissing, path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the key file: %w", err)
	}
	defer file.Close()
	if err := checkKeyFileMode(file, path); err != nil {
		return nil, err
	}
	return readKeyFile(file, path)
}

// checkKeyFileMode asks the open file, not the path, so that what is checked is what is read.
func checkKeyFileMode(file *os.File, path string) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("look at the key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a file", ErrKeyFileDamaged, path)
	}
	// Windows has no such bits; Go makes some up that would refuse every file.
	if runtime.GOOS != "windows" && info.Mode().Perm()&othersBits != 0 {
		return fmt.Errorf("%w: run `chmod 600 %s` and start again", ErrKeyFileExposed, path)
	}
	return nil
}

func readKeyFile(file io.Reader, path string) (*Sealer, error) {
	// One byte more than a good file has, to notice a longer one without reading all of it.
	content, err := io.ReadAll(io.LimitReader(file, keyFileLen+1))
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	if len(content) != keyFileLen {
		return nil, fmt.Errorf("%w: %s should hold exactly %d bytes; put back a good copy", ErrKeyFileDamaged, path, keyFileLen)
	}
	return NewSealer([keyFileLen]byte(content)), nil
}

// createKeyFile writes a whole file under a name of its own and then links it to path. Unlike creating path itself, this
// never lets another process see half a key; unlike a rename, it never replaces a file that is already there.
func createKeyFile(path string, random io.Reader) (created bool, err error) {
	var key [keyFileLen]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return false, fmt.Errorf("read random bytes: %w", err)
	}
	draft, err := writeDraft(filepath.Dir(path), key[:])
	if err != nil {
		return false, err
	}
	defer os.Remove(draft)

	err = os.Link(draft, path)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, syncFolder(filepath.Dir(path))
}

// writeDraft makes a new file (O_EXCL, 0600) that is on the disk before it has its name.
func writeDraft(folder string, content []byte) (name string, err error) {
	draft, err := os.CreateTemp(folder, ".latchkey-key-*")
	if err != nil {
		return "", err
	}
	_, writeErr := draft.Write(content)
	err = errors.Join(writeErr, draft.Chmod(keyFileMode), draft.Sync(), draft.Close())
	if err != nil {
		return "", errors.Join(err, os.Remove(draft.Name()))
	}
	return draft.Name(), nil
}

// syncFolder makes the new name itself durable: a key that vanished in a power cut would take every sealed value with it.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && runtime.GOOS != "windows" {
		return err
	}
	return nil
}
