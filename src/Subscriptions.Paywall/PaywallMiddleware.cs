using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.ResponseCaching;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>Stands before a site's endpoints: decides each request, lets it through, or answers it.</summary>
internal sealed class PaywallMiddleware
{
    private readonly RequestDelegate _next;
    private readonly RequestDecider _decider;
    private readonly GateEndpoints _gate;
    private readonly RefusalResponder _refusals;
    private readonly StatedRequirement _stated;
    private readonly PathRules _rules;
    private readonly TimeSpan _mostWait;
    private readonly Func<HttpContext, ValueTask<Requirement?>>? _resolver;

    public PaywallMiddleware(
        RequestDelegate next, RequestDecider decider, GateEndpoints gate, RefusalResponder refusals, StatedRequirement stated, IOptions<PaywallOptions> options)
    {
        (_next, _decider, _gate, _refusals, _stated) = (next, decider, gate, refusals, stated);
        _rules = new PathRules(options.Value.Rules);
        _mostWait = options.Value.RequestTimeout;
        _resolver = options.Value.RequirementResolver;
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (_gate.Find(context.Request.Path) is { } handle)
            return handle(context);
        if (context.Features.Get<IResponseCachingFeature>() is not null)
            return RunBehindCacheAsync(context);
        PrivateResponse.Watch(context, cacheBefore: false);
        return RunAsync(context);
    }

    // UseResponseCaching reads the headers at the first byte that is written to it, before anybody's callbacks.
    private async Task RunBehindCacheAsync(HttpContext context)
    {
        PrivateResponse.Watch(context, cacheBefore: true);
        var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var response = new HeldResponse(inner, () =>
        {
            PrivateResponse.Settle(context);
            return new(true);
        }, mayWait: false);
        context.Features.Set<IHttpResponseBodyFeature>(response);
        try
        {
            await RunAsync(context);
            await response.FinishAsync();
        }
        finally
        {
            context.Features.Set(inner);
        }
    }

    private Task RunAsync(HttpContext context)
    {
        var plan = EndpointPlan.Of(context);
        return _resolver is null
            ? Gate(context, plan, RequirementOf(context, plan.Requirement))
            : ResolveThenGateAsync(context, plan, _resolver);
    }

    private async Task ResolveThenGateAsync(HttpContext context, EndpointPlan plan, Func<HttpContext, ValueTask<Requirement?>> resolver)
    {
        var resolved = await resolver(context);
        var stated = plan.Requirement is null || resolved is null || resolved.Kind == RequirementKind.Free
            ? resolved ?? plan.Requirement
            : plan.Requirement.And(resolved);
        await Gate(context, plan, RequirementOf(context, stated));
    }

    private Requirement? RequirementOf(HttpContext context, Requirement? stated)
    {
        if (stated is { Kind: RequirementKind.Free })
            return stated;
        var byPath = _rules.Find(context.Request.Path.Value);
        return stated is null ? byPath : byPath is null ? stated : stated.And(byPath);
    }

    private Task Gate(HttpContext context, EndpointPlan plan, Requirement? requirement)
    {
        if (requirement is null or { Kind: RequirementKind.Free })
        {
            if (requirement is not null)
                _decider.MarkAndSeeReader(context);
            context.Features.Set<IPaywallFeature>(_decider.Ungated);
            return Next(context, plan);
        }

        PrivateResponse.Mark(context);
        return _decider.TryDecide(context, requirement) is { } feature
            ? Answer(context, plan, feature)
            : DecideThenAnswerAsync(context, plan, requirement);
    }

    private async Task DecideThenAnswerAsync(HttpContext context, EndpointPlan plan, Requirement requirement)
    {
        RequestWait.Begin(context, _mostWait);
        await Answer(context, plan, await _decider.DecideAsync(context, requirement));
    }

    private Task Answer(HttpContext context, EndpointPlan plan, PaywallFeature feature)
    {
        if (feature.Decision.Allowed)
        {
            context.Features.Set<IPaywallFeature>(feature);
            return Next(context, plan);
        }

        if (_refusals.TryAnswer(context, plan, feature.Decision) is { } answered)
            return answered;
        PrivateResponse.DropConditions(context.Request);
        if (feature.Decision.Outcome == DecisionOutcome.Unavailable)
            RefusalResponder.MarkUnavailable(context.Response);
        context.Features.Set<IPaywallFeature>(feature);
        if (_stated.IsOn)
            StatedRequirement.KeepBack(context);
        return _next(context);
    }

    private Task Next(HttpContext context, EndpointPlan plan) => _stated.IsOn ? _stated.RunAsync(context, plan, _next) : _next(context);
}
