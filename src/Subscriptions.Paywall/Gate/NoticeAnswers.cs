using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>
/// <c>GET /gate/notice?for=/path</c>: the reader's notice for a page that a cache keeps for everybody, and a text by which an open page
/// sees that who reads, or what she may read, has changed.
/// </summary>
internal sealed class NoticeAnswers(RequestDecider decider, AccessCache cache, PaywallLinks links, IOptions<PaywallOptions> options)
{
    private const string AnonymousState = "anonymous";
    private const int StateBytes = 16;
    private readonly byte[] _key = Encoding.UTF8.GetBytes("Subscriptions.Paywall.State.v1 " + (options.Value.StateKey ?? options.Value.SiteKey));

    public async Task AnswerAsync(HttpContext context)
    {
        PrivateResponse.Mark(context);
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        var feature = await decider.DecideAsync(context, Requirement.Subscriber);
        // The notice comes with this decision, and whatever the reader has hidden is taken out where pages take it out.
        context.Features.Set<IPaywallFeature>(feature);
        var notice = await decider.NoticeAsync(context);
        await context.Response.WriteAsJsonAsync(
            new NoticeAnswer(notice is null ? null : ToBody(notice, context), StateOf(feature)), NoticeJson.Default.NoticeAnswer,
            cancellationToken: context.RequestAborted);
    }

    // Keyed, so that it tells nothing of whom it is about; by the site's key, so that all machines of a website make the same.
    // Null when nothing is certain: a page must not take an outage for a change.
    private string? StateOf(PaywallFeature feature)
    {
        if (feature.Identity.Kind == IdentityKind.Anonymous)
            return AnonymousState;
        if (feature.ReaderId is not { } readerId || feature.WithoutService)
            return null;
        var text = $"{readerId}\n{cache.VersionOf(readerId)}\n{feature.Decision.Allowed}";
        return Base64Url.Encode(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)).AsSpan(..StateBytes));
    }

    private NoticeBody ToBody(ReaderNotice notice, HttpContext context)
    {
        var back = Uri.EscapeDataString(links.Origin(context.Request) + LocalPath.OrHome(context.Request.Query["for"]));
        var key = NoticeKey.Of(notice);
        return new NoticeBody(
            notice.Stage.ToString(), notice.Heading, NoticeTemplate.Paragraphs(notice),
            [.. NoticeLinks.Of(notice, links).Select(link => new NoticeLink(link.Label, link.To.LeadsBack ? link.To.Start + back + link.To.End : link.To.Start + link.To.End))],
            key is not null, key);
    }
}

/// <summary>What a page is told.</summary>
/// <param name="State">Changes with the reader and with her access; null if that cannot be told at the moment.</param>
internal sealed record NoticeAnswer(NoticeBody? Notice, string? State);

/// <summary>A notice in parts; whoever shows it makes the markup.</summary>
/// <param name="Stage">A name of <see cref="NoticeStage"/>.</param>
/// <param name="Key">Names it when it is dismissed; null if it cannot be.</param>
internal sealed record NoticeBody(
    string Stage, string Heading, IReadOnlyList<string> Paragraphs, IReadOnlyList<NoticeLink> Links, bool Dismissible, string? Key);

/// <summary>A way on.</summary>
internal sealed record NoticeLink(string Label, string Href);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(NoticeAnswer))]
internal sealed partial class NoticeJson : JsonSerializerContext;
