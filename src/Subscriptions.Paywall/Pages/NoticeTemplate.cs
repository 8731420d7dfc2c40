using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>
/// A notice as HTML, made once for all pages: only the way back differs between them. Making the whole of it anew took as long as
/// the rest of an article.
/// </summary>
internal sealed class NoticeTemplate
{
    private static readonly ConditionalWeakTable<ReaderNotice, NoticeTemplate> Made = [];
    private readonly PaywallLinks _links;
    private readonly int _level;
    private readonly string _beforeLinks;
    private readonly Link[] _actions;
    private readonly string? _key;

    private NoticeTemplate(ReaderNotice notice, int level, PaywallLinks links)
    {
        (_links, _level, _key) = (links, level, NoticeKey.Of(notice) is { } key ? Encode(key) : null);
        _beforeLinks = BeforeLinks(notice, level);
        _actions = [.. NoticeLinks.Of(notice, links).Select(link => LinkOf(link.Label, link.To))];
    }

    public static NoticeTemplate Of(ReaderNotice notice, int level, PaywallLinks links)
    {
        if (Made.TryGetValue(notice, out var made) && made._level == level && made._links == links)
            return made;
        made = new NoticeTemplate(notice, level, links);
        Made.AddOrUpdate(notice, made);
        return made;
    }

    /// <summary>The notice on the page that is asked for.</summary>
    public IHtmlContent On(HttpContext context)
    {
        var to = PaywallLinks.LocalPathOf(context.Request);
        return new OnPage(this, UrlEncoder.Default.Encode(_links.Origin(context.Request) + to), Encode(PaywallLinks.Dismiss(context.Request)), Encode(to));
    }

    public static string[] Paragraphs(ReaderNotice notice) =>
        notice.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string BeforeLinks(ReaderNotice notice, int level)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"<section class=\"paywall-notice paywall-notice--{PaywallMarkup.Kebab(notice.Stage.ToString())}\"")
            .Append(CultureInfo.InvariantCulture, $" role=\"{(notice.Stage == NoticeStage.PaymentFailed ? "status" : "alert")}\" aria-labelledby=\"paywall-notice-heading\">")
            .Append(CultureInfo.InvariantCulture, $"<h{level} class=\"paywall-notice__heading\" id=\"paywall-notice-heading\">{Encode(notice.Heading)}</h{level}>");
        foreach (var paragraph in Paragraphs(notice))
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"paywall-notice__body\">{Encode(paragraph)}</p>");
        return html.Append("<p class=\"paywall-notice__actions\">").ToString();
    }

    // What the way back is put between is encoded here; the way back itself is encoded for addresses, which is safe in HTML.
    private static Link LinkOf(string label, ServiceLink to)
    {
        var start = $"<a class=\"paywall-notice__action\" href=\"{Encode(to.Start)}";
        var end = $"{Encode(to.End)}\">{Encode(label)}</a> ";
        return to.LeadsBack ? new Link(start, end) : new Link(start + end, null);
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    // Written piece by piece: a page that streams needs no copy of it.
    private sealed class OnPage(NoticeTemplate notice, string back, string dismiss, string to) : IHtmlContent
    {
        public void WriteTo(TextWriter writer, HtmlEncoder encoder)
        {
            writer.Write(notice._beforeLinks);
            foreach (var action in notice._actions)
            {
                writer.Write(action.BeforeReturn);
                if (action.AfterReturn is null)
                    continue;
                writer.Write(back);
                writer.Write(action.AfterReturn);
            }

            writer.Write("</p>");
            if (notice._key is not null)
                WriteDismiss(writer, notice._key);
            writer.Write("</section>");
        }

        /// <summary>The same as text, for pages that are put together from texts.</summary>
        public override string ToString()
        {
            using var text = new StringWriter();
            WriteTo(text, HtmlEncoder.Default);
            return text.ToString();
        }

        private void WriteDismiss(TextWriter writer, string key)
        {
            writer.Write("<form class=\"paywall-notice__dismiss\" method=\"post\" action=\"");
            writer.Write(dismiss);
            writer.Write("\"><input type=\"hidden\" name=\"notice\" value=\"");
            writer.Write(key);
            writer.Write("\"><input type=\"hidden\" name=\"to\" value=\"");
            writer.Write(to);
            writer.Write("\"><button type=\"submit\">Hide this for now</button></form>");
        }
    }

    private readonly record struct Link(string BeforeReturn, string? AfterReturn);
}
