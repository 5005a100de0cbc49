package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
)

// Organizations are several simulated organisations, each a server with ids, credentials, tokens and a rate window of
// its own. Their actions have the same names.
type Organizations []*Server

// StartOrganizations starts one server for each name, as Options.Org does for one; the rest of the options apply to
// each. Each has random credentials, whatever Options says. A Listen with a port takes that port and the ones after it.
func StartOrganizations(o Options, names ...string) (Organizations, error) {
	var all Organizations
	for i, name := range names {
		one := o
		one.Org, one.ClientID, one.ClientSecret, one.OrganizationID, one.OrganizationName = name, "", "", "", ""
		err := checkOrg(name, names[:i])
		if err == nil {
			one.Listen, err = portAfter(o.Listen, i)
		}
		var s *Server
		if err == nil {
			s, err = Start(one)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("organisation %q: %w", name, err), all.Close())
		}
		all = append(all, s)
	}
	return all, nil
}

func checkOrg(name string, taken []string) error {
	for _, other := range taken {
		if envSuffix(other) == envSuffix(name) {
			return fmt.Errorf("its variables would have the names of %q's", other)
		}
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || name == "" {
		return errors.New("a name consists of a-z, 0-9 and -")
	}
	return nil
}

// portAfter is the address with its port raised by n; port 0 stays.
func portAfter(address string, n int) (string, error) {
	if address == "" {
		return "", nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if port == "0" {
		return address, nil
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return "", fmt.Errorf("port %q is not a number", port)
	}
	return net.JoinHostPort(host, strconv.Itoa(number+n)), nil
}

// Env is the environment that points a client at all of them: see OrgEnv.
func (all Organizations) Env() map[string]string {
	env := map[string]string{}
	for _, s := range all {
		maps.Copy(env, s.OrgEnv())
	}
	return env
}

// Close closes all servers.
func (all Organizations) Close() error {
	var errs []error
	for _, s := range all {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// Org is the organisation's name, as in Options.
func (s *Server) Org() string { return s.opt.Org }

// Organization is the id and the name that GET /api/v2/organizations/me answers.
func (s *Server) Organization() (id, name string) {
	return s.opt.OrganizationID, s.opt.OrganizationName
}

// OrgEnv is Env with the organisation's suffix, such as GENESYS_CLIENT_ID_TEST. Without Options.Org it is Env.
func (s *Server) OrgEnv() map[string]string {
	env := map[string]string{}
	for name, value := range s.Env() {
		env[name+envSuffix(s.opt.Org)] = value
	}
	return env
}

func envSuffix(org string) string {
	if org == "" {
		return ""
	}
	return "_" + strings.ToUpper(strings.ReplaceAll(org, "-", "_"))
}
