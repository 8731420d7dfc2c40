using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Subscriptions.Server.Features.Shared;

/// <summary>
/// Reads a form before anybody else does, so that one in an encoding that the platform refuses (UTF-7) is the sender's
/// mistake. The antiforgery check would read it next, and there the same refusal counts as a bug of ours.
/// </summary>
internal sealed class UnreadableFormFilter : IAsyncAuthorizationFilter, IOrderedFilter
{
    /// <summary>After nobody and before the antiforgery check, whose order is 1000.</summary>
    public int Order => 0;

    /// <inheritdoc />
    public async Task OnAuthorizationAsync(AuthorizationFilterContext context)
    {
        var request = context.HttpContext.Request;
        // Whatever its method: a page without a handler for it has its form read all the same, by the check of its token.
        if (!request.HasFormContentType)
        {
            return;
        }

        try
        {
            await request.ReadFormAsync();
        }
        catch (NotSupportedException)
        {
            context.Result = new StatusCodeResult(StatusCodes.Status400BadRequest);
        }
        catch (Exception malformed) when (malformed is InvalidDataException or IOException)
        {
            // The outcome is kept, and whoever reads the form next refuses it in words of its own.
        }
    }
}
