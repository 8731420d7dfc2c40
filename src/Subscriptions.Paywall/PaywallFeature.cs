using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Subscriptions.Paywall;

/// <summary>What the middleware found out about a request.</summary>
public interface IPaywallFeature
{
    /// <summary>The decision.</summary>
    Decision Decision { get; }

    /// <summary>The reader, if the page asks for one and one is signed in.</summary>
    string? ReaderId { get; }

    /// <summary>Whether the decision was made while the service could not be asked.</summary>
    bool WithoutService { get; }
}

/// <summary>What a site's own code asks of a request.</summary>
public static class PaywallHttpContextExtensions
{
    /// <summary>The decision for this page; a page that asks nothing of its reader is allowed.</summary>
    /// <exception cref="InvalidOperationException"><c>UsePaywall</c> did not run before.</exception>
    public static Decision GetPaywallDecision(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<IPaywallFeature>()?.Decision
            ?? throw new InvalidOperationException("No decision was made for this request: call app.UsePaywall() before the endpoints.");
    }

    /// <summary>
    /// Where a refused reader takes her next step, with the way back; null if she may read, or no page of the service helps her. For
    /// APIs that write their own refusals.
    /// </summary>
    /// <param name="to">The page of this website to lead back to; the front page if it is anything else.</param>
    /// <exception cref="InvalidOperationException"><c>UsePaywall</c> did not run before.</exception>
    public static string? GetPaywallOfferUrl(this HttpContext context, string? to = null) =>
        context.GetPaywallDecision() is { Allowed: false } refused
            ? Decider(context).Links.WayOn(context, refused.NextStep, LocalPath.OrHome(to))
            : null;

    /// <summary>
    /// Decides about a part of a page, such as its comments. The response is marked as depending on its reader: ask before its first byte, unless the page itself
    /// asks for something. Later nobody is known, and the log says so.
    /// </summary>
    public static async ValueTask<Decision> DecidePaywallAsync(this HttpContext context, Requirement requirement)
    {
        ArgumentNullException.ThrowIfNull(context);
        var decider = Decider(context);
        return decider.MarkInTime(context) ? (await decider.DecideAsync(context, requirement)).Decision : AccessMatcher.Decide(requirement, null, default);
    }

    /// <summary>
    /// The id of the reader who is signed in, or null. The response is marked as depending on its reader: ask before its first byte, unless the page itself asks for
    /// something. Later nobody is known, and the log says so.
    /// </summary>
    public static async ValueTask<string?> GetPaywallReaderIdAsync(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var decider = Decider(context);
        return decider.MarkAndSeeReader(context) ? await decider.ReaderIdAsync(context) : null;
    }

    /// <summary>The notice that this page is to show above everything else, or null: none is due, or the reader has hidden it.</summary>
    public static ValueTask<ReaderNotice?> GetPaywallNoticeAsync(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Decider(context).NoticeAsync(context);
    }

    // Asking for services makes a scope for the request, which costs as much as the decision.
    internal static RequestDecider Decider(HttpContext context) => context.Features.Get<IPaywallFeature>() is PaywallFeature decided
        ? decided.Decider
        : context.RequestServices.GetRequiredService<RequestDecider>();
}

internal sealed class PaywallFeature(RequestDecider decider, Decision decision, ReaderIdentity identity, bool withoutService) : IPaywallFeature
{
    public RequestDecider Decider => decider;

    public Decision Decision => decision;

    public string? ReaderId => identity.ReaderId;

    public ReaderIdentity Identity => identity;

    public bool WithoutService => withoutService;
}
