using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Microsoft.AspNetCore.Html;

namespace Subscriptions.Sandbox.Newspaper;

/// <summary>Newsroom text as HTML: everything encoded, and what stands between asterisks in italics.</summary>
internal static partial class Prose
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static IHtmlContent Html(string text) =>
        new HtmlString(Italics().Replace(Encoder.Encode(text), "<em>$1</em>"));

    [GeneratedRegex(@"\*([^*]+)\*")]
    private static partial Regex Italics();
}
