using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;

namespace Subscriptions.Paywall;

/// <summary>The middleware's own pages: plain, complete, without style or script, so that any content security policy lets them be.</summary>
internal static class PlainPage
{
    public static string Offer(Offer offer) => Page(offer.Heading, PaywallMarkup.Offer(offer, 1));

    public static string Message(string heading, string text, string linkLabel, string link)
    {
        var html = new HtmlContentBuilder();
        html.AppendFormat("<h1>{0}</h1><p>{1}</p><p><a href=\"{2}\">{3}</a></p>", heading, text, link, linkLabel);
        return Page(heading, html);
    }

    public static string Of(string title, HtmlContentBuilder main) => Page(title, main);

    private static string Page(string title, HtmlContentBuilder main)
    {
        using var text = new StringWriter();
        new HtmlContentBuilder()
            .AppendFormat("<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>{0}</title>", title)
            .AppendHtml("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head><body><main>")
            .AppendHtml(main)
            .AppendHtml("</main></body></html>")
            .WriteTo(text, HtmlEncoder.Default);
        return text.ToString();
    }
}
