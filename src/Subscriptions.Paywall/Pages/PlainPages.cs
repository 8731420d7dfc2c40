using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>
/// The middleware's own pages: complete, without script and without a style of their own, so that any content security policy lets them be. They wear
/// the website's style sheet where it names one.
/// </summary>
internal sealed class PlainPages(IOptions<PaywallOptions> options)
{
    private readonly string? _styleSheet = options.Value.StyleSheet;

    public string Offer(HttpContext context, Offer offer) => Page(context, offer.Heading, PaywallMarkup.Offer(offer, 1));

    public string Message(HttpContext context, string heading, string text, string linkLabel, string link)
    {
        var html = new HtmlContentBuilder();
        html.AppendFormat("<h1>{0}</h1><p>{1}</p><p><a href=\"{2}\">{3}</a></p>", heading, text, link, linkLabel);
        return Page(context, heading, html);
    }

    public string Page(HttpContext context, string title, HtmlContentBuilder main)
    {
        using var text = new StringWriter();
        var page = new HtmlContentBuilder()
            .AppendFormat("<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>{0}</title>", title)
            .AppendHtml("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        if (_styleSheet is not null)
            page.AppendFormat("<link rel=\"stylesheet\" href=\"{0}\">", context.Request.PathBase.ToUriComponent() + _styleSheet);
        page.AppendHtml("</head><body class=\"paywall-page\"><main>").AppendHtml(main).AppendHtml("</main></body></html>").WriteTo(text, HtmlEncoder.Default);
        return text.ToString();
    }
}
