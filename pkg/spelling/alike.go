package spelling

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Difference says in what alone two texts differ that look the same on a screen: "Unicode form", "blanks" or "invisible
// characters". It is empty if they are equal, or look different.
func Difference(a, b string) string {
	switch {
	case a == b || differ(a, b):
		return ""
	case decomposed(a) == decomposed(b):
		return "Unicode form (composed and decomposed letters)"
	}
	a, b = visible(decomposed(a)), visible(decomposed(b))
	switch {
	case a == b:
		return "invisible characters"
	case squeezed(a) == squeezed(b):
		return "blanks"
	}
	return ""
}

// differ tells most texts apart at their first letters, without the cost of taking them apart.
func differ(a, b string) bool {
	a, b = strings.TrimLeft(a, " "), strings.TrimLeft(b, " ")
	if len(a) < 2 || len(b) < 2 {
		return false
	}
	ascii := a[0]|a[1]|b[0]|b[1] < utf8.RuneSelf
	return ascii && a[0] > ' ' && b[0] > ' ' && a[0] != b[0]
}

// visible leaves out what no screen shows: zero-width characters, directional marks, variation selectors.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, s)
}

// squeezed leaves out blanks at both ends and makes those in between one space.
func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// decomposed splits letters with marks into letter and marks, as Unicode's form NFD does, for the letters of composed
// and for Hangul syllables. The order of several marks is left as it is.
func decomposed(s string) string {
	var out strings.Builder
	for _, r := range s {
		decompose(&out, r)
	}
	return out.String()
}

// Hangul syllables are counted in initials, vowels and finals. Source: The Unicode Standard, section 3.12.
const (
	syllable, initial, vowel, final = 0xAC00, 0x1100, 0x1161, 0x11A7
	vowels, finals, syllables       = 21, 28, 11172
)

func decompose(out *strings.Builder, r rune) {
	if n := r - syllable; n >= 0 && n < syllables {
		out.WriteRune(initial + n/(vowels*finals))
		out.WriteRune(vowel + n/finals%vowels)
		if n%finals > 0 {
			out.WriteRune(final + n%finals)
		}
		return
	}
	if part, ok := composed[r]; ok {
		decompose(out, part.letter)
		out.WriteRune(part.mark)
		return
	}
	out.WriteRune(r)
}

type marked struct{ letter, mark rune }

// composed is what each letter with a mark consists of.
var composed = func() map[rune]marked {
	table := map[rune]marked{}
	for mark, pairs := range letters {
		var letter rune
		for i, r := range []rune(pairs) {
			if i%2 == 0 {
				letter = r
			} else {
				table[r] = marked{letter, mark}
			}
		}
	}
	return table
}()

// letters are pairs of a letter and the same letter with a mark, for each mark: the Latin, Greek and Cyrillic ones of
// the Unicode Character Database.
var letters = map[rune]string{
	'\u0300': "AÀEÈIÌOÒUÙaàeèiìoòuùÜǛüǜNǸnǹЕЀИЍеѐиѝĒḔēḕŌṐōṑWẀwẁÂẦâ" +
		"ầĂẰăằÊỀêềÔỒôồƠỜơờƯỪưừYỲyỳ",
	'\u0301': "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćLĹlĺNŃnńRŔrŕSŚsśZŹzźÜǗüǘGǴgǵÅǺåǻÆ" +
		"ǼæǽØǾøǿ¨΅ΑΆΕΈΗΉΙΊΟΌΥΎΩΏϊΐαάεέ" +
		"ηήιίϋΰοόυύωώϒϓГЃКЌгѓкќÇḈçḉĒḖēḗÏḮïḯKḰkḱMḾmḿÕṌõṍŌṒ" +
		"ōṓPṔpṕŨṸũṹWẂwẃÂẤâấĂẮăắÊẾêếÔỐôốƠỚơớƯỨưứ",
	'\u0302': "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷZẐzẑẠẬạậẸ" +
		"ỆẹệỌỘọộ",
	'\u0303': "AÃNÑOÕaãnñoõIĨiĩUŨuũVṼvṽÂẪâẫĂẴăẵEẼeẽÊỄêễÔỖôỗƠỠơỡ" +
		"ƯỮưữYỸyỹ",
	'\u0304': "AĀaāEĒeēIĪiīOŌoōUŪuūÜǕüǖÄǞäǟȦǠȧǡÆǢæǣǪǬǫǭÖȪöȫÕȬõȭȮȰȯȱY" +
		"ȲyȳИӢиӣУӮуӯGḠgḡḶḸḷḹṚṜṛṝ",
	'\u0306': "AĂaăEĔeĕGĞgğIĬiĭOŎoŏUŬuŭУЎИЙийуўЖӁжӂАӐаӑЕӖеӗȨḜȩḝẠẶạặ",
	'\u0307': "CĊcċEĖeėGĠgġIİZŻzżAȦaȧOȮoȯBḂbḃDḊdḋFḞfḟHḢhḣMṀmṁNṄnṅPṖpṗR" +
		"ṘrṙSṠsṡŚṤśṥŠṦšṧṢṨṣṩTṪtṫWẆwẇXẊxẋYẎyẏ" +
		"ſẛ",
	'\u0308': "AÄEËIÏOÖUÜaäeëiïoöuüyÿYŸΙΪΥΫιϊυϋϒϔЕЁІЇеёіїАӒаӓӘӚәӛЖӜжӝ" +
		"ЗӞзӟИӤиӥОӦоӧӨӪөӫЭӬэӭУӰуӱЧӴчӵЫӸыӹHḦhḧ" +
		"ÕṎõṏŪṺūṻWẄwẅXẌxẍtẗ",
	'\u0309': "AẢaảÂẨâẩĂẲăẳEẺeẻÊỂêểIỈiỉOỎoỏÔỔôổƠỞơởUỦuủƯỬ" +
		"ưửYỶyỷ",
	'\u030a': "AÅaåUŮuůwẘyẙ",
	'\u030b': "OŐoőUŰuűУӲуӳ",
	'\u030c': "CČcčDĎdďEĚeěLĽlľNŇnňRŘrřSŠsšTŤtťZŽzžAǍaǎIǏiǐOǑoǒUǓuǔÜǙüǚGǦgǧKǨk" +
		"ǩƷǮʒǯjǰHȞhȟ",
	'\u030f': "AȀaȁEȄeȅIȈiȉOȌoȍRȐrȑUȔuȕѴѶѵѷ",
	'\u0311': "AȂaȃEȆeȇIȊiȋOȎoȏRȒrȓUȖuȗ",
	'\u031b': "OƠoơUƯuư",
	'\u0323': "BḄbḅDḌdḍHḤhḥKḲkḳLḶlḷMṂmṃNṆnṇRṚrṛSṢsṣTṬtṭVṾvṿWẈwẉ" +
		"ZẒzẓAẠaạEẸeẹIỊiịOỌoọƠỢơợUỤuụƯỰưựYỴyỵ",
	'\u0324': "UṲuṳ",
	'\u0325': "AḀaḁ",
	'\u0326': "SȘsșTȚtț",
	'\u0327': "CÇcçGĢgģKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţEȨeȩDḐdḑHḨhḩ",
	'\u0328': "AĄaąEĘeęIĮiįUŲuųOǪoǫ",
	'\u032d': "DḒdḓEḘeḙLḼlḽNṊnṋTṰtṱUṶuṷ",
	'\u032e': "HḪhḫ",
	'\u0330': "EḚeḛIḬiḭUṴuṵ",
	'\u0331': "BḆbḇDḎdḏKḴkḵLḺlḻNṈnṉRṞrṟTṮtṯZẔzẕhẖ",
}
