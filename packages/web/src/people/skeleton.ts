/**
 * Letters of the alphabets that lend each other letters, by what they look like: `a=ɑαа` are three letters that
 * look like an "a". From the table of Unicode, as far as it is about single letters and digits of these alphabets.
 *
 * @see https://www.unicode.org/reports/tr39/#Confusable_Detection
 * @see https://www.unicode.org/Public/security/10.0.0/confusables.txt
 */
const TABLE = `
A=ΑАᎪ AA=Ꜳ AE=ÆӔ AO=Ꜵ AU=Ꜷ AV=ꜸꜺ AY=Ꜽ B=ꞴΒВᏴ C=СᏟ C̦=Ҫ D=Ꭰ D̵=ĐÐƉ E=ΕЕᎬ E̸=Ɇ F=ꞘϜ F̦=Ƒ G=ԌᏀᏳ
G̵=Ǥ H=ΗНᎻ H̦=ӉӇ H̩=ⱧҢ H̵=Ħ J=ꞲͿЈᎫ J̵=Ɉ K=ΚКᏦ K̩=ⱩҚ K̵=ꝀҞ L=Ꮮ L̸=Ł M=ΜϺМᎷ M̦=Ӎ N=Ν N̦=Ɲ
O=0ΟОՕ OE=Œ OO=ꝎꚘ O̵=ƟꝊθΘӨѲᎾᏫ O̸=Ø P=ΡРᏢ R=ƦᎡᏒ S=ЅՏᏕᏚ T=ΤТᎢ T̨=Ʈ T̩=Ҭ T̵=Ŧ T̸=Ⱦ U=Ս U̵=ɄᏌ
V=ѴᏙ W=ԜᎳᏔ X=ꞳΧХ X̩=Ҳ Y=ΥУҮᎩᎽ Y̵=ɎҰ Z=ΖᏃ Z̦=Ȥ Z̵=Ƶ a=ɑαа aa=ꜳ ae=æӕ ao=ꜵ au=ꜷ av=ꜹꜻ ay=ꜽ
b=ƄЬᏏ bl=Ы b̄=ƃƂБ b̔=ɓ b̵=ƀҍҌѣѢ c=ᴄсꮯ c̦=ҫ c̸=ȼ d=ԁᏧ dz=ʣ dȝ=ʤ dʑ=ʥ d̄=ƌ d̔=ɗ d̨=ɖ d̵=đ
e=ꬲеҽ ę=ҿ e̸=ɇ f=ꬵꞙẝք fŋ=ʩ f̦=ƒ f̴=ᵮ g=ɡᶃƍց g̔=ɠ g̵=ǥ h=һհᏂ h̔=ɦꚕᏲ h̵=ħћ i=ıɪɩιіꙇӏꭵᎥ i̵=ɨᵻᵼ
j=ϳј j̵=ɉ k̔=ƙ l=1IƖǀΙІӀ lO=Ю ll=ǁ ls=ʪ lz=ʫ lȝ=ɮ l̨=ɭ l̴=ɫ l̵=Ɨƚ l̸=ł n=ոռ n̨=ɳ n̩=ƞη n̴=ᵰ
o=ᴏᴑꬽοσоօ oe=œ oo=ꝏꚙ ơ=ꭴ o̵=ɵꝋөѳꮎꮻ o̸=øꬾ oᴇ=ɶ p=ρр p̔=ƥ p̵=ᵽ q=ԛգզ q̔=ʠ r=ꭇꭈᴦгꮁ rn=m rn̦=ɱ
rn̴=ᵯ r̨=ɽ r̩=ɼ r̴=ᵲ r̵=ɍғ s=ꜱƽѕꮪ s̨=ʂ s̴=ᵴ tf=ꝷ ts=ʦ tȝ=ꜩ tɕ=ʨ tʃ=ʧ t̔=ƭ t̴=ᵵ t̵=ŧ
u=ꞟᴜꭎꭒʋυս ue=ᵫ uo=ꭣ u̵=ᵾꮜ v=ᴠνѵꮩ w=ɯᴡѡԝաꮃ w̦=ꝡ w҆҇=ѽ x=х y=ɣᶌʏỿꭚγуү y̔=ƴ y̵=ɏұ z=ᴢꮓ z̦=ȥ
z̨=ʐ z̴=ᵶ z̵=ƶ Þ=Ϸ ß=ꞵβᏰ þ=ƿϸ ĸ=ᴋκкꮶ ĸ̩=қ ĸ̵=ҟ ƅ=ьꮟ ƅi=ы Ɔ=ↃϽ Ə=Ә Ɛ=ԐᏋ ƨ=ᴤꙅ Ʃ=Σ ƫ=Ꮏ ǝ=əә
ǝo=ᴔ ǝo̵=ꭂ ǝo̸=ꭁ Ƕ=Ԋ ȝ=ʒꝫӡ ȷ=յ ɂ=ꭾ Ʌ=ΛЛ Ʌ̦=Ӆ ɋ=ᶐ ɔ=ↄᴐͻ ɔe=ꭢ ɔ̸=ꬿ ɜ=ᴈз ɜ̦=ҙ ɢ=ԍꮐᏻ ɰ=պ ɸ=φф
ɾ̴=ᵳ ʀ=ꭱꮢ ʃ=ꭍ ʊ̵=ᵿ ʌ=ᴧ ʍ=ᴍмꮇ ʍ̦=ӎ ʘ=Ꙩ ʙ=вᏼ ʚ=ꞝ ʜ=нꮋ ʜ̦=ӊӈ ʜ̩=ң ʟ=ꮮ Γ=ГᎱ Γ̵=Ғ Π=П Φ=ФՓ Ψ=Ѱ
π=ᴨп ς=ϛ χ=ꭓꭕ ψ=ѱ ω=ꞷꙍ Ж̩=Җ И=Ͷ Ѝ̦=Ҋ Ъl=Ꙑ ж̩=җ й̦=ҋ л=ᴫ л̦=ӆ љ=ꭠ Ѡ=Ꮗ Ѡ҆҇=Ѽ Ҷ=Ӌ ҷ=ӌ Ҽ̨=Ҿ
ᴀ=ꭺ ᴅ=ꭰ ᴇ=ꭼ ᴊ=ꭻ ᴎ=ͷи ᴘ=ᴩꮲ ᴙ=я ᴛ=τтꭲ ᴛ̩=ҭ ẟ=δծ Ⱶ=ͰᎨᎰ ⱶ=ꮀ Ꙍ=Ꞷ ꜧ=ꞕ Ꜿ=Ͽ ꜿ=ͽ Ꝺ=ꝺ Ꞓ=Є ꞓ=ɛεєԑꮛ
`;

const LOOKS: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split(/\s+/)
    .flatMap((entry) => {
      const [look = '', letters = ''] = entry.split('=');
      return [...letters].map((letter): [string, string] => [letter, look]);
    }),
);

/** What is never seen, such as a joiner between two letters. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * What a name looks like: two names with the same skeleton can be taken for each other. It is for comparing only,
 * and nothing to show.
 *
 * @see https://www.unicode.org/reports/tr39/#def_skeleton
 */
export const skeletonOf = (name: string): string =>
  // NFKD, not NFD: letters of other widths and styles are not in the table.
  [...name.normalize('NFKD').replace(UNSEEN, '').replace(/\s+/gu, ' ').trim()]
    .map((letter) => LOOKS.get(letter) ?? letter)
    .join('')
    .normalize('NFD');
