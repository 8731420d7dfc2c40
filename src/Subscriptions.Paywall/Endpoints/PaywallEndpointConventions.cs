using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>What an endpoint or a group of endpoints asks of its readers.</summary>
/// <remarks>
/// Requirements of a group and of its endpoints add up, and so do those of path rules; <see cref="FreeToRead"/> alone takes
/// everything away that was said further out, path rules included.
/// </remarks>
public static class PaywallEndpointConventions
{
    /// <summary>Any subscriber may read.</summary>
    public static T RequireSubscriber<T>(this T builder)
        where T : IEndpointConventionBuilder => builder.Require(Requirement.Subscriber);

    /// <summary>A subscriber whose grants include the entitlement may read.</summary>
    public static T RequireSubscriber<T>(this T builder, string entitlement)
        where T : IEndpointConventionBuilder => builder.Require(Requirement.SubscriberWith(entitlement));

    /// <summary>Anybody who is signed in may read.</summary>
    public static T RequireRegistered<T>(this T builder)
        where T : IEndpointConventionBuilder => builder.Require(Requirement.Registered);

    /// <summary>A counted article.</summary>
    public static T Metered<T>(this T builder)
        where T : IEndpointConventionBuilder => builder.Require(Requirement.Metered);

    /// <summary>Anybody may read, whatever a group or a path rule says.</summary>
    public static T FreeToRead<T>(this T builder)
        where T : IEndpointConventionBuilder => builder.Require(Requirement.Free);

    /// <summary>Whatever the requirement says.</summary>
    public static T Require<T>(this T builder, Requirement requirement)
        where T : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(requirement);
        builder.Add(endpoint => endpoint.Metadata.Add(new RequirementMetadata(requirement)));
        builder.Finally(EndpointGuard.Wrap);
        return builder;
    }

    /// <summary>
    /// The endpoint looks at <see cref="PaywallHttpContextExtensions.GetPaywallDecision"/> itself and writes only a teaser when it
    /// is not allowed. Without this a refused request is answered by the middleware and never reaches the endpoint.
    /// </summary>
    public static T WithTeaser<T>(this T builder)
        where T : IEndpointConventionBuilder => builder.WithPaywallMetadata(new RendersTeaserMetadata());

    /// <summary>
    /// Refusals are problem details with status 402, whatever the request's <c>Accept</c> says; with <see cref="WithTeaser"/> the endpoint
    /// writes them itself.
    /// </summary>
    public static T AsApi<T>(this T builder)
        where T : IEndpointConventionBuilder => builder.WithPaywallMetadata(new ApiMetadata());

    private static T WithPaywallMetadata<T>(this T builder, object metadata)
        where T : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(metadata));
        return builder;
    }
}

/// <summary>Stops a gated endpoint that is reached without a decision: a pipeline in the wrong order must not let everybody read.</summary>
internal static class EndpointGuard
{
    public static void Wrap(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is not { Target: not Guarded } inner)
            return;
        endpoint.RequestDelegate = new Guarded(inner).InvokeAsync;
    }

    public static void ThrowIfUndecided(HttpContext context)
    {
        if (context.Features.Get<IPaywallFeature>() is null)
            throw new InvalidOperationException(
                $"{context.GetEndpoint()?.DisplayName} asks for a reader's access, but no decision was made. "
                + "Call app.UsePaywall() after app.UseRouting() and before the endpoints.");
    }

    private sealed class Guarded(RequestDelegate inner)
    {
        public Task InvokeAsync(HttpContext context)
        {
            ThrowIfUndecided(context);
            return inner(context);
        }
    }
}
