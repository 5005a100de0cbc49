package genesys

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"genesys-timeouts/pkg/rawjson"
)

// maxDepth is how deep a shape is told. Schemas and templates below it are the organisation's own.
const maxDepth = 8

// documented are the keys that a shape may show: those of the vendor's public reference for the calls that are probed.
// Any other key may be data, such as a header or a field of a contract, and is only counted.
var documented = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for word := range strings.FieldsSeq(`
		entities pageSize pageNumber pageCount total nextUri previousUri firstUri lastUri selfUri
		id name integrationId category contract version secure config input output inputSchema successSchema errorSchema
		timeoutSeconds request response requestUrlTemplate requestTemplate requestTemplateUri requestType headers
		translationMap translationMapDefaults successTemplate successTemplateUri
		function zip description zipId handler runtime dateUploaded
		domain thirdPartyOrgName thirdPartyOrgId defaultLanguage defaultCountryCode defaultSiteId state features
		deletable supportURI voicemailEnabled productPlatform
		type active deleted system publishedVersion savedVersion checkedInVersion debugVersion lockedUser lockedClient
		division datePublished dateCreated dateModified createdBy publishedBy configurationVersion configurationUri
		status failedObjects startDate clientId permission user client
		updated stateUnknown results group data interval metrics metric stats views count min max sum p95 p99
		actionId actionName actionCategory integrationName responseStatus errorType correlationId
		key namespace value
		services actions
		eventDate action entity entityType serviceName propertyChanges property oldValues newValues remoteIp message level
		manifest dataAction secureAction commonModuleFlow botFlow digitalBotFlow bridgeAction flowSequenceItemList
		initialSequence defaultLanguage supportedLanguages nextTrackingNumber variables
		message code contextId details errors messageWithParams messageParams entityId entityName`) {
		known[word] = true
	}
	return known
})

// Shape tells what a JSON document is made of: documented keys and types of values, and nothing of the values. Elements
// of an array are told as one; a key with "?" is not in all of them.
//
//	{entities: [{id: string, config?: object, 2 other keys} x 25], total: number}
func Shape(doc rawjson.Value) string {
	s := &shape{}
	s.add(doc, 0)
	return s.String()
}

// shape is what several values have in common.
type shape struct {
	count    int // of values
	kinds    map[string]bool
	objects  int // how many of the values are objects
	fields   map[string]*shape
	others   int // the most undocumented keys of one object
	elements *shape
	length   int // of all arrays together
	deep     bool
}

func (s *shape) add(v rawjson.Value, depth int) {
	if s.kinds == nil {
		s.kinds, s.fields = map[string]bool{}, map[string]*shape{}
	}
	s.count++
	switch {
	case v.IsObject():
		s.kinds["object"] = true
		s.objects++
		others := 0
		for key, member := range v.Members() {
			switch {
			case !documented()[key]:
				others++
			case depth >= maxDepth || names[key]:
				s.deep = s.deep || !names[key]
				if names[key] {
					s.named(key)
				}
			default:
				if s.fields[key] == nil {
					s.fields[key] = &shape{}
				}
				s.fields[key].add(member, depth+1)
			}
		}
		s.others = max(s.others, others)
	case v.IsArray():
		s.kinds["array"] = true
		if s.elements == nil {
			s.elements = &shape{}
		}
		for e := range v.Elements() {
			s.length++
			if depth >= maxDepth {
				s.deep = true
				continue
			}
			s.elements.add(e, depth+1)
		}
	case v.IsString():
		s.kinds["string"] = true
	case v.IsNumber():
		s.kinds["number"] = true
	case v.IsNull():
		s.kinds["null"] = true
	default:
		s.kinds["boolean"] = true
	}
}

// names are documented keys whose objects have names of the organisation as their keys.
var names = map[string]bool{"headers": true, "translationMap": true, "translationMapDefaults": true,
	"inputSchema": true, "successSchema": true, "errorSchema": true}

// named notes a member without a look at what it holds.
func (s *shape) named(key string) {
	if s.fields[key] == nil {
		s.fields[key] = &shape{kinds: map[string]bool{"map": true}}
	}
	s.fields[key].count++
}

func (s *shape) String() string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(s.kinds)) {
		switch kind {
		case "object":
			kind = s.object()
		case "array":
			kind = fmt.Sprintf("[%s x %d]", s.elements, s.length)
			if s.length == 0 {
				kind = "[]"
			}
		}
		parts = append(parts, kind)
	}
	if len(parts) == 0 {
		return "…"
	}
	return strings.Join(parts, "|")
}

func (s *shape) object() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(s.fields)) {
		mark := ""
		if s.fields[key].count < s.objects {
			mark = "?"
		}
		parts = append(parts, key+mark+": "+s.fields[key].String())
	}
	switch {
	case s.others == 1:
		parts = append(parts, "1 other key")
	case s.others > 1:
		parts = append(parts, fmt.Sprintf("%d other keys", s.others))
	}
	if s.deep {
		parts = append(parts, "…")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
