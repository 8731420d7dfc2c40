using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Primitives;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Access;

namespace Subscriptions.Server.Features.Api;

/// <summary>Marks an endpoint that honours <c>Idempotency-Key</c>.</summary>
internal sealed class HonoursIdempotencyKey;

/// <summary>
/// The same key with the same request gives the same answer, and does the thing once. A key belongs to whoever sent it:
/// another API key's is another one. What was not carried out is not kept, so that the mended or repeated request may come under the same key.
/// </summary>
internal sealed class Idempotency(IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, TimeProvider wall)
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotent-Replayed";
    public const int MaxKeyLength = 255;

    // Longer than the gateway may take; whoever has not answered by then was killed.
    private static readonly TimeSpan _givenUpAfter = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _keptFor = TimeSpan.FromHours(24);

    public async Task RunAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<HonoursIdempotencyKey>() is null || !http.Request.Headers.TryGetValue(Header, out var sent))
        {
            await next(http);
            return;
        }

        if (!IsUsable(sent))
        {
            await Problems.Named(400, "idempotency-key-invalid", "The Idempotency-Key cannot be used.", $"Send one key of 1 to {MaxKeyLength} printable ASCII characters.")
                .ExecuteAsync(http);
            return;
        }

        if (await JsonBody.BytesAsync(http) is not { } body)
        {
            await Results.Problem(Problems.Of(413)).ExecuteAsync(http);
            return;
        }

        var key = $"{Hash(Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()))}:{Hash(Encoding.ASCII.GetBytes(sent.ToString()))}";
        var request = Hash([.. Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}\n"), .. body]);
        if (await ClaimAsync(key, request) is { } earlier)
        {
            await AnswerAsync(http, earlier, request);
            return;
        }

        await RunOnceAsync(http, next, key);
    }

    private static bool IsUsable(StringValues sent) =>
        sent is [{ Length: > 0 and <= MaxKeyLength } key] && key.All(c => c is >= ' ' and < '\u007f') && key.Trim().Length > 0;

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Null when the request is ours to carry out; else what is known of it.</summary>
    private async Task<ApiAnswerRow?> ClaimAsync(string key, string request)
    {
        var now = wall.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync();
        var (kept, givenUp) = (now - _keptFor, now - _givenUpAfter);
        await db.ApiAnswers.Where(a => a.CreatedAt < kept || (a.Status == 0 && a.CreatedAt < givenUp)).ExecuteDeleteAsync();
        if (await db.ApiAnswers.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key) is { } known)
        {
            return known;
        }

        db.ApiAnswers.Add(new ApiAnswerRow { Key = key, RequestHash = request, CreatedAt = now });
        try
        {
            await db.SaveChangesAsync();
            return null;
        }
        catch (DbUpdateException lost) when (provider.IsUniqueViolation(lost))
        {
            return await db.ApiAnswers.AsNoTracking().FirstOrDefaultAsync(a => a.Key == key) ?? new ApiAnswerRow { Key = key, RequestHash = request };
        }
    }

    private static Task AnswerAsync(HttpContext http, ApiAnswerRow earlier, string request)
    {
        if (earlier.RequestHash != request)
        {
            return Problems.Named(422, "idempotency-key-reused", "The Idempotency-Key belongs to another request.", "Send a new key with a new request.").ExecuteAsync(http);
        }

        if (earlier.Status == 0)
        {
            return Problems.Named(409, "request-under-way", "The same request is being carried out.", "Repeat it in a few seconds to get its answer.").ExecuteAsync(http);
        }

        http.Response.StatusCode = earlier.Status;
        http.Response.Headers[ReplayedHeader] = "true";
        if (earlier.Location is not null)
        {
            http.Response.Headers.Location = earlier.Location;
        }

        if (earlier.Body is not { Length: > 0 } body)
        {
            return Task.CompletedTask;
        }

        http.Response.ContentType = earlier.Status >= 400 ? "application/problem+json" : "application/json; charset=utf-8";
        return http.Response.WriteAsync(body);
    }

    private async Task RunOnceAsync(HttpContext http, RequestDelegate next, string key)
    {
        var wire = http.Response.Body;
        using var held = new MemoryStream();
        http.Response.Body = held;
        var keep = false;
        try
        {
            await next(http);
            keep = http.Response.StatusCode is > 0 and < 400;
        }
        finally
        {
            http.Response.Body = wire;
            await (keep ? KeepAsync(key, http.Response, Encoding.UTF8.GetString(held.ToArray())) : ForgetAsync(key));
        }

        await wire.WriteAsync(held.ToArray());
    }

    private async Task KeepAsync(string key, HttpResponse response, string body)
    {
        var location = response.Headers.Location.ToString() is { Length: > 0 } there ? there : null;
        await using var db = await databases.CreateDbContextAsync();
        await db.ApiAnswers.Where(a => a.Key == key).ExecuteUpdateAsync(set => set
            .SetProperty(a => a.Status, response.StatusCode).SetProperty(a => a.Body, body).SetProperty(a => a.Location, location));
    }

    private async Task ForgetAsync(string key)
    {
        await using var db = await databases.CreateDbContextAsync();
        await db.ApiAnswers.Where(a => a.Key == key).ExecuteDeleteAsync();
    }
}
