"""The body of errors, with the codes that the API knows, whether we use them or not."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lect.api.schemas.shared import Schema

CODES = """
    Conflict Forbidden InternalCommunicationFailed InternalServerError InvalidArgument InvalidRequest
    NotAllowed NotFound PipelineError ServiceUnavailable TooManyRequests Unauthorized
    UnprocessableEntity UnsupportedMediaType
""".split()
DETAILED_CODES = """
    DataImportFailed DeleteNotAllowed DeployNotAllowed DeployingFailedModel EmptyRequest
    EndpointCannotBeDefault EndpointLoggingNotSupported EndpointNotUpdatable EndpointWithoutLogging
    ExceededNumberOfRecordingsUris FailedDataset Forbidden InUseViolation InaccessibleCustomerStorage
    InvalidAdaptationMapping InvalidBaseModel InvalidCallbackUri InvalidChannels InvalidCollection
    InvalidDataset InvalidDocument InvalidDocumentBatch InvalidLocale InvalidLogDate InvalidLogEndTime
    InvalidLogId InvalidLogStartTime InvalidModel InvalidModelUri InvalidParameter InvalidParameterValue
    InvalidPayload InvalidPermissions InvalidPrerequisite InvalidProductId InvalidProject
    InvalidProjectKind InvalidRecordingsUri InvalidRequestBodyFormat InvalidSasValidityDuration
    InvalidSkipTokenForLogs InvalidSourceAzureResourceId InvalidSubscription InvalidTest
    InvalidTimeToLive InvalidTopForLogs InvalidTranscription InvalidWebHookEventKind MissingInputRecords
    ModelCopyAuthorizationExpired ModelDeploymentNotCompleteState ModelDeprecated ModelExists
    ModelMismatch ModelNotDeployable ModelVersionIncorrect NoUtf8WithBom
    OnlyOneOfUrlsOrContainerOrDataset ProjectGenderMismatch QuotaViolation SingleDefaultEndpoint
    SkuLimitsExist SubscriptionNotFound UnexpectedError UnsupportedClassBasedAdaptation UnsupportedDelta
    UnsupportedDynamicConfiguration UnsupportedFilter UnsupportedLanguageCode UnsupportedOrderBy
    UnsupportedPagination UnsupportedTimeRange
""".split()

Code = Annotated[str, Field(json_schema_extra={"enum": [*CODES]})]
DetailedCode = Annotated[str, Field(json_schema_extra={"enum": [*DETAILED_CODES]})]


class InnerError(Schema):
    """What is wrong, more exactly."""

    code: DetailedCode
    message: str
    target: str | None = None
    details: dict[str, str] | None = None
    inner_error: InnerError | None = None


class Error(Schema):
    """Why a request was not done."""

    code: Code
    message: str
    target: str | None = None
    details: list[Error] | None = None
    inner_error: InnerError | None = None
