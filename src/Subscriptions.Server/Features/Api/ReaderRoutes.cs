using FluentValidation;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Features.Api;

/// <summary>A reader to be created; she chooses a password by mail.</summary>
public sealed record NewReaderRequest(string? Email, string? Name)
{
    internal sealed class Rules : AbstractValidator<NewReaderRequest>
    {
        public Rules()
        {
            RuleFor(r => r.Email!).MustBeEmail();
            RuleFor(r => r.Name!).MustBeName();
        }
    }
}

/// <summary><c>/api/readers</c>.</summary>
internal static class ReaderRoutes
{
    public static void Map(RouteGroupBuilder api)
    {
        var readers = api.MapGroup("/readers").WithTags("Readers");
        readers.MapGet("", FindAsync).WithName("FindReaders").WithSummary("Looks readers up.")
            .WithDescription("Finds by a part of the e-mail address or name, by the beginning of a reader's, subscription's or invoice's id, or by a payment's id at the gateway. Without a query all readers are listed, newest first.")
            .Produces<ApiList<ReaderAnswer>>().ProducesValidationProblem();
        readers.MapPost("", CreateAsync).WithName("CreateReader").WithSummary("Creates a reader and her sign-in.")
            .WithDescription("She has no password until she chooses one by mail (“I have forgotten my password”).")
            .TakesJson<NewReaderRequest>().Produces<ReaderAnswer>(201).ProducesValidationProblem().ProducesProblem(409);
        readers.MapGet("/{id}", ReadAsync).WithName("GetReader").WithSummary("Reads one reader.")
            .Produces<ReaderAnswer>().ProducesProblem(404);
    }

    private static async Task<IResult> FindAsync(HttpRequest request, PageQuery page, FindReaders readers)
    {
        var asked = request.Query["query"];
        if (asked.Count > 1 || !FindReaders.CanLookFor(asked.ToString()))
        {
            return Problems.Bad("query", $"Write one text of at most {FindReaders.MaxLength} characters without control characters.");
        }

        return page.Wrong is var (field, message)
            ? Problems.Bad(field, message)
            : Results.Ok(PageQuery.Answer(request, await readers.RunAsync(asked.ToString(), page.Page), page.Page.Limit, ReaderAnswer.Of));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, NewReaderRequest.Rules rules, CreateReader create, FindReaders readers)
    {
        var (wanted, refusal) = await JsonBody.ReadAsync(http, rules);
        if (refusal is not null)
        {
            return refusal;
        }

        return await create.RunAsync(wanted!.Email!, wanted.Name!, password: null) switch
        {
            CreatedReader.Created created => Results.Created($"/api/readers/{created.Id}", ReaderAnswer.Of((await readers.OneAsync(created.Id))!)),
            CreatedReader.Refused refused => Problems.Refused(refused.Refusal),
            CreatedReader.Invalid { Problems: [var (property, message), ..] } => Problems.Bad(property.ToLowerInvariant(), message),
            _ => Problems.Bad("body", "This reader cannot be created."),
        };
    }

    private static async Task<IResult> ReadAsync(string id, FindReaders readers) =>
        ApiIds.IsPossible(id) && await readers.OneAsync(ReaderId.From(id)) is { } found ? Results.Ok(ReaderAnswer.Of(found)) : Problems.NotFound("reader");
}
