using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Subscriptions.Server.Tests.BadInput;

/// <summary>Something that answers: a method on a route.</summary>
/// <param name="Home">Scheme, host and port.</param>
/// <param name="Route">With its parameters in braces.</param>
/// <param name="Method">GET, POST, …</param>
/// <param name="ReadsBody">It says that it reads one.</param>
internal sealed partial record Target(string Home, string Route, string Method, bool ReadsBody)
{
    public bool HasParameters => Parameter().IsMatch(Route);

    public bool IsApi => Route.StartsWith("/api", StringComparison.Ordinal);

    public bool IsWebhook => Route.StartsWith("/webhooks", StringComparison.Ordinal);

    public bool IsSupport => Route.StartsWith("/support", StringComparison.Ordinal);

    public string Fill(Func<string> value) => Parameter().Replace(Route, _ => value());

    /// <summary>Every route that the service maps, so that what is added tomorrow is attacked tomorrow.</summary>
    public static IReadOnlyList<Target> Of(IServiceProvider services, string home)
    {
        List<Target> targets = [];
        foreach (var endpoint in services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>())
        {
            var route = "/" + endpoint.RoutePattern.RawText?.TrimStart('/');
            var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"];
            targets.AddRange(methods.Select(m => new Target(home, route, m, endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is not null)));
        }

        return [.. targets.DistinctBy(t => (t.Method, t.Route)).OrderBy(t => t.Route, StringComparer.Ordinal).ThenBy(t => t.Method, StringComparer.Ordinal)];
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
