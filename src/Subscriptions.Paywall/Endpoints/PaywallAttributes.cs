using Microsoft.AspNetCore.Mvc.Filters;

namespace Subscriptions.Paywall;

/// <summary>Base of the attributes for page models, controllers, actions and minimal API handlers.</summary>
/// <remarks>
/// It is a filter as well, so that a page whose site forgot <c>UsePaywall</c> fails loudly instead of being read by everybody.
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public abstract class RequirementAttribute : Attribute, IRequirementMetadata, IResourceFilter
{
    private protected RequirementAttribute(Requirement requirement) => Requirement = requirement;

    /// <inheritdoc />
    public Requirement Requirement { get; }

    /// <inheritdoc />
    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        EndpointGuard.ThrowIfUndecided(context.HttpContext);
    }

    /// <inheritdoc />
    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }
}

/// <summary>Asks for a subscription, and if an entitlement is named, for that too.</summary>
public sealed class RequiresSubscriptionAttribute : RequirementAttribute
{
    /// <summary>Any subscription.</summary>
    public RequiresSubscriptionAttribute()
        : base(Requirement.Subscriber)
    {
    }

    /// <summary>A subscription that includes an entitlement.</summary>
    public RequiresSubscriptionAttribute(string entitlement)
        : base(Requirement.SubscriberWith(entitlement)) => Entitlement = entitlement;

    /// <summary>The entitlement that was named, or null.</summary>
    public string? Entitlement { get; }
}

/// <summary>Asks only that somebody is signed in.</summary>
public sealed class RequiresRegistrationAttribute() : RequirementAttribute(Requirement.Registered);

/// <summary>A counted article.</summary>
public sealed class MeteredAttribute() : RequirementAttribute(Requirement.Metered);

/// <summary>Free for everybody, whatever an outer attribute, a group or a path rule says.</summary>
public sealed class FreeToReadAttribute() : RequirementAttribute(Requirement.Free);

/// <summary>The page looks at the decision itself and writes only a teaser when it is not allowed.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RendersTeaserAttribute : Attribute, IRendersTeaserMetadata;
