using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>
/// Lets the site's code state what a page asks by a header of its response, <c>X-Subscription-Requirement</c>: for sites in which only the code that
/// renders a page knows. The header itself is never sent. It adds to what was known before; it loosens nothing.
/// </summary>
internal sealed class StatedRequirement(RequestDecider decider, RefusalResponder refusals, IOptions<PaywallOptions> options)
{
    public const string Header = "X-Subscription-Requirement";

    private readonly TimeSpan mostWait = options.Value.RequestTimeout;

    public bool IsOn { get; } = options.Value.ReadResponseHeader;

    /// <summary>Runs the rest of the pipeline, and answers in its place where its header asks for more than the reader has.</summary>
    public async Task RunAsync(HttpContext context, EndpointPlan plan, RequestDelegate next)
    {
        // Callbacks run last one first: what others set in theirs is seen here, when the answer was given.
        context.Response.OnStarting(RefuseLateHeader, context.Response);
        var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        PaywallFeature? refused = null;
        var response = new HeldResponse(inner, async () =>
        {
            if (TakeHeader(context.Response) is not { } stated)
                return true;
            if (stated.Kind == RequirementKind.Free)
            {
                decider.MarkAndSeeReader(context);
                return true;
            }

            PrivateResponse.Mark(context);
            var feature = decider.TryDecide(context, stated) ?? await decider.DecideAsync(context, stated);
            context.Features.Set<IPaywallFeature>(feature);
            refused = feature.Decision.Allowed ? null : feature;
            return refused is null;
        }, mayWait: true);
        context.Features.Set<IHttpResponseBodyFeature>(response);
        try
        {
            await next(context);
            await response.FinishAsync();
        }
        finally
        {
            context.Features.Set(inner);
        }

        if (refused is null)
            return;
        // What the page said of itself goes; cookies that were set on the way stay.
        var cookies = context.Response.Headers.SetCookie;
        context.Response.Clear();
        context.Response.Headers.SetCookie = cookies;
        PrivateResponse.Mark(context);
        RequestWait.Begin(context, mostWait);
        if (refusals.TryAnswer(context, plan.WithoutTeaser(), refused.Decision) is { } answered)
            await answered;
    }

    /// <summary>Keeps the header of a page that writes its teaser from being sent: the page knows already that it is refused.</summary>
    public static void KeepBack(HttpContext context) => context.Response.OnStarting(
        static state =>
        {
            ((HttpContext)state).Response.Headers.Remove(Header);
            return Task.CompletedTask;
        },
        context);

    // To send the page would let in whoever must not read it, and to drop the header would hide the mistake.
    private static Task RefuseLateHeader(object state) => TakeHeader((HttpResponse)state) is null or { Kind: RequirementKind.Free }
        ? Task.CompletedTask
        : throw new InvalidOperationException($"{Header} was set in a callback of Response.OnStarting, when this page had been decided: set it before the first byte is written.");

    // Whatever cannot be read asks for the most that a page can ask without a name.
    private static Requirement? TakeHeader(HttpResponse response)
    {
        Requirement? stated = null;
        foreach (var text in response.Headers[Header])
        {
            var one = Requirement.TryParse(text, out var read) ? read : Requirement.Subscriber;
            stated = stated is null ? one : stated.And(one);
        }

        response.Headers.Remove(Header);
        return stated;
    }
}
