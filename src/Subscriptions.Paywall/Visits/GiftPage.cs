using System.Globalization;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>Where a subscriber makes a link by which somebody else may read one article.</summary>
internal sealed class GiftPage(ServiceClient service, ReaderIdentifier identifier, PaywallLinks links, PlainPages pages, IOptions<PaywallOptions> options)
{
    private const int LongestArticle = 500;
    private readonly TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById(options.Value.TimeZone);

    /// <summary>Answers the form that <see cref="PaywallMarkup.Gift"/> writes.</summary>
    public async Task RunAsync(HttpContext context, IFormCollection form)
    {
        var to = LocalPath.OrHome(form["to"]);
        if (form["article"].ToString() is not { Length: > 0 and <= LongestArticle } article)
        {
            await WriteAsync(context, StatusCodes.Status400BadRequest, "This gives no article", "Nothing was given. Please go back to the article and press the button there.", to);
            return;
        }

        if ((await identifier.IdentifyAsync(context)).ReaderId is not { } reader)
        {
            await WriteAsync(context, StatusCodes.Status403Forbidden, "Sign in to give this article", "Subscribers can give articles to people who do not subscribe.", to);
            return;
        }

        var result = await service.MakeGiftAsync(reader, article);
        if (result.Value is { } gift)
        {
            await WriteLinkAsync(context, links.Origin(context.Request) + QueryHelpers.AddQueryString(to, GiftDesk.Parameter, gift.Token), gift, to);
        }
        else if (result.Outcome == CallOutcome.Unknown)
        {
            await WriteAsync(context, StatusCodes.Status409Conflict, "You cannot give this article now",
                "Either you have given as many articles this month as you may, or you have no subscription running at the moment.", to);
        }
        else
        {
            RefusalResponder.MarkUnavailable(context.Response);
            await WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "No link can be made just now", "The fault is ours. Please try again in a minute.", to);
        }
    }

    private Task WriteLinkAsync(HttpContext context, string link, Wire.GiftMade gift, string to)
    {
        var people = gift.Uses == 1 ? "One person" : $"Up to {gift.Uses.ToString(CultureInfo.InvariantCulture)} people";
        var html = new HtmlContentBuilder();
        html.AppendFormat("<h1>Your gift link</h1><p>{0} can read this article by it, until {1}. They need no subscription.</p>", people, Offer.Day(gift.Until, _zone)["on ".Length..]);
        html.AppendFormat("<p><label for=\"gift-link\">Send this address</label><br><textarea id=\"gift-link\" readonly rows=\"9\" cols=\"50\">{0}</textarea></p>", link);
        html.AppendFormat("<p><a href=\"{0}\">Back to the article</a></p>", to);
        return WriteAsync(context, StatusCodes.Status200OK, pages.Page(context, "Your gift link", html));
    }

    private Task WriteAsync(HttpContext context, int status, string heading, string text, string to) =>
        WriteAsync(context, status, pages.Message(context, heading, text, "Back to the article", to));

    private static Task WriteAsync(HttpContext context, int status, string html)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(html);
    }
}
