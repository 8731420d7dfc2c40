namespace Subscriptions.Paywall;

/// <summary>Endpoint metadata that says what an endpoint asks of its reader.</summary>
public interface IRequirementMetadata
{
    /// <summary>What is asked.</summary>
    Requirement Requirement { get; }
}

/// <summary>
/// Endpoint metadata that says: this endpoint looks at the decision itself, and writes only a teaser when it is not
/// <see cref="Decision.Allowed"/>. Without it a refused request never reaches the endpoint.
/// </summary>
public interface IRendersTeaserMetadata;

/// <summary>Endpoint metadata that says: refusals of this endpoint are problem details, never a page.</summary>
public interface IApiMetadata;

internal sealed record RequirementMetadata(Requirement Requirement) : IRequirementMetadata;

internal sealed record RendersTeaserMetadata : IRendersTeaserMetadata;

internal sealed record ApiMetadata : IApiMetadata;
