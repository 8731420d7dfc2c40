using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Subscriptions.Paywall;

/// <summary>What the metadata of one endpoint say, read once per endpoint.</summary>
internal sealed class EndpointPlan
{
    private static readonly ConditionalWeakTable<Endpoint, EndpointPlan> Plans = [];

    /// <summary>Of an endpoint that says nothing.</summary>
    public static readonly EndpointPlan Nothing = new(null);

    private EndpointPlan(Endpoint? endpoint)
    {
        foreach (var metadata in endpoint?.Metadata.GetOrderedMetadata<IRequirementMetadata>() ?? [])
            Requirement = metadata.Requirement.Kind == RequirementKind.Free || Requirement is null
                ? metadata.Requirement
                : Requirement.And(metadata.Requirement);
        RendersTeaser = endpoint?.Metadata.GetMetadata<IRendersTeaserMetadata>() is not null;
        IsApi = endpoint?.Metadata.GetMetadata<IApiMetadata>() is not null
                || endpoint?.Metadata.GetMetadata<IDisableCookieRedirectMetadata>() is not null;
    }

    /// <summary>What the endpoint asks, from the outermost to the innermost metadata; null if it says nothing.</summary>
    public Requirement? Requirement { get; }

    public bool RendersTeaser { get; }

    public bool IsApi { get; private init; }

    /// <summary>The same of a page whose teaser was not asked for in time.</summary>
    public EndpointPlan WithoutTeaser() => new(null) { IsApi = IsApi };

    public static EndpointPlan Of(HttpContext context) =>
        context.GetEndpoint() is { } endpoint ? Plans.GetValue(endpoint, static one => new EndpointPlan(one)) : Nothing;
}
