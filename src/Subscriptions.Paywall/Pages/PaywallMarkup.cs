using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>
/// The notice and the offer as HTML, for sites that do not use the tag helpers. Everything that comes from elsewhere is encoded;
/// there is no style and no script in it. The classes are stable and listed in <c>docs/paywall.md</c>.
/// </summary>
public static class PaywallMarkup
{
    private const int HighestHeading = 1;
    private const int LowestHeading = 6;

    /// <summary>The notice that this page is to show, or nothing.</summary>
    /// <param name="headingLevel">1 to 6; the level that fits the page's outline.</param>
    public static async ValueTask<IHtmlContent> NoticeAsync(HttpContext context, int headingLevel = 2)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Features.Get<IPaywallFeature>()?.Decision.GrantedBy is { Kind: GrantKinds.StaffPreview })
            return TextOf(Preview(context));
        return await context.GetPaywallNoticeAsync() is { } notice
            ? NoticeTemplate.Of(notice, Level(headingLevel), Links(context)).On(context)
            : HtmlString.Empty;
    }

    /// <summary>The offer that goes with the page's decision, or nothing if the reader may read.</summary>
    /// <param name="headingLevel">1 to 6; the level that fits the page's outline.</param>
    public static IHtmlContent Offer(HttpContext context, int headingLevel = 2)
    {
        var decision = context.GetPaywallDecision();
        return decision.Allowed ? HtmlString.Empty : TextOf(Offer(Links(context).OfferFor(context, decision), Level(headingLevel)));
    }

    /// <summary>
    /// A form by which a subscriber gives this article to somebody who does not subscribe; nothing for whoever may not. It needs no script; its answer is a
    /// page with the link.
    /// </summary>
    public static IHtmlContent Gift(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (PaywallHttpContextExtensions.Decider(context).GiftOf(context) is not { } article)
            return HtmlString.Empty;
        var html = new HtmlContentBuilder();
        Append(html, "<form class=\"paywall-gift\" method=\"post\" action=\"{0}\"><input type=\"hidden\" name=\"article\" value=\"{1}\"><input type=\"hidden\" name=\"to\" value=\"{2}\">",
            context.Request.PathBase.ToUriComponent() + "/gate/gift", article, PaywallLinks.LocalPathOf(context.Request));
        return TextOf(html.AppendHtml("<button class=\"paywall-gift__button\">Give this article</button></form>"));
    }

    /// <summary>
    /// What schema.org markup says of this page's access, by the decision that the page was answered with: <c>isAccessibleForFree</c>, and <c>hasPart</c> with the
    /// selector of the gated block where it is not free. Put it into the page's own JSON-LD.
    /// </summary>
    /// <param name="cssSelector">Selects what is gated, such as <c>.gated</c>.</param>
    public static IReadOnlyDictionary<string, object> AccessFacts(HttpContext context, string cssSelector)
    {
        var isFree = context.GetPaywallDecision().Requirement.Kind == RequirementKind.Free;
        var facts = new Dictionary<string, object> { ["isAccessibleForFree"] = isFree };
        if (!isFree)
            facts["hasPart"] = new Dictionary<string, object> { ["@type"] = "WebPageElement", ["isAccessibleForFree"] = false, ["cssSelector"] = cssSelector };
        return facts;
    }

    // A member of staff must not take what she sees for what readers see.
    private static HtmlContentBuilder Preview(HttpContext context)
    {
        var html = new HtmlContentBuilder();
        Append(html, "<p class=\"paywall-preview\" role=\"status\">You see this page as a preview for staff. <a href=\"{0}\">End the preview</a></p>",
            context.Request.PathBase.ToUriComponent() + "/gate/preview" + QueryString.Create("to", PaywallLinks.LocalPathOf(context.Request)));
        return html;
    }

    internal static HtmlContentBuilder Offer(Offer offer, int level)
    {
        var html = new HtmlContentBuilder();
        Append(html, "<section class=\"paywall-offer paywall-offer--{0}\" aria-labelledby=\"paywall-offer-heading\">", Kebab(offer.Reason.ToString()));
        Append(html, "<h{0} class=\"paywall-offer__heading\" id=\"paywall-offer-heading\">{1}</h{0}>", level, offer.Heading);
        Append(html, "<p class=\"paywall-offer__text\">{0}</p><p class=\"paywall-offer__actions\">", offer.Text);
        for (var i = 0; i < offer.Actions.Count; i++)
            Append(html, "<a class=\"paywall-offer__action{0}\" href=\"{1}\">{2}</a> ",
                i == 0 ? " paywall-offer__action--main" : "", offer.Actions[i].Url, offer.Actions[i].Label);
        Append(html, "</p></section>");
        return html;
    }

    // A page that is put together from texts calls ToString, which a builder answers with its own name.
    private static HtmlString TextOf(IHtmlContent html)
    {
        using var text = new StringWriter();
        html.WriteTo(text, HtmlEncoder.Default);
        return new HtmlString(text.ToString());
    }

    internal static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
            text.Append(char.IsUpper(c) && text.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(c));
        return text.ToString();
    }

    private static void Append(HtmlContentBuilder html, string format, params object[] encoded) =>
        html.AppendFormat(CultureInfo.InvariantCulture, format, encoded);

    private static int Level(int asked) => Math.Clamp(asked, HighestHeading, LowestHeading);

    private static PaywallLinks Links(HttpContext context) => PaywallHttpContextExtensions.Decider(context).Links;
}

/// <summary>Names a notice in the cookie of hidden ones: another stage, or another date, is another notice.</summary>
internal static class NoticeKey
{
    /// <summary>Null for a notice that cannot be hidden.</summary>
    public static string? Of(ReaderNotice notice) => notice.Stage == NoticeStage.DueToTerminate
        ? null
        : $"{notice.Stage}-{(notice.AccessEndsAt is { } end ? end.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture) : "0")}";

    public static bool IsKey(string? key) =>
        key is { Length: <= 40 } && Enum.TryParse<NoticeStage>(key.Split('-')[0], out var stage) && stage != NoticeStage.DueToTerminate
        && key.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
